import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import * as z from 'zod'

/** What setuptools' backend is when nothing is said (PEP 517); most such projects of OpenStack use pbr. */
const LEGACY = ['setuptools>=40.8.0', 'wheel']
const MAX_BYTES = 1024 * 1024
/** No requirement is longer. */
const MAX_LINE = 500
/** A name with specifiers and a marker; URLs and paths are not locked, nor is what a program has yet to fill in. */
const SPECIFIER = '(?:===|==|~=|!=|<=|>=|<|>) *[\\w.!+*-]+'
const REQUIREMENT = new RegExp(
  `^[A-Za-z0-9][\\w.-]* *(?:\\[[\\w ,.-]*\\] *)?\\(?(?:${SPECIFIER} *(?:, *|(?=[;)]|$)))*\\)? *` +
    `(?:; *[\\w .<>=!~()'",*+-]+)?$`,
)

const pyprojectSchema = z.object({
  'build-system': z.object({ requires: z.array(z.string()) }).optional(),
})

/**
 * What a source tree needs to be built, as far as its files say: `[build-system]` of pyproject.toml, and the
 * `setup_requires` of setup.cfg and setup.py, whose text is read and never run.
 */
export async function buildRequires(folder: string): Promise<string[]> {
  const [pyproject, setupCfg, setupPy] = await Promise.all(
    ['pyproject.toml', 'setup.cfg', 'setup.py'].map((name) => readSmall(join(folder, name))),
  )
  const system = pyproject === undefined ? undefined : readPyproject(pyproject)
  const all = [...(system ?? LEGACY), ...ofSetupCfg(setupCfg ?? ''), ...ofSetupPy(setupPy ?? '')]
  const locked = all.map((line) => line.trim()).filter((line) => line.length <= MAX_LINE && REQUIREMENT.test(line))
  // Before version 70.1 it asks for wheel only when it runs.
  const further = locked.some((line) => /^setuptools(?![\w.-])/i.test(line)) ? ['wheel'] : []
  return [...new Set([...locked, ...further])]
}

function readPyproject(text: string): readonly string[] | undefined {
  try {
    return pyprojectSchema.parse(parse(text))['build-system']?.requires
  } catch {
    // Whoever builds it says what is wrong with it.
    return undefined
  }
}

function ofSetupCfg(text: string): string[] {
  const options = text.split(/^(?=\[)/m).find((section) => section.startsWith('[options]')) ?? ''
  const value = /^setup_requires\s*=([^\n]*(?:\n[ \t]+[^\n]*)*)/m.exec(options)?.[1] ?? ''
  // As setuptools does: semicolons part a single line, and belong to markers in several.
  return value
    .split(value.includes('\n') ? '\n' : ';')
    .flatMap((line) => (line.trim() === '' || line.trim().startsWith('#') ? [] : [line]))
}

/** The texts that are written out behind the first `setup_requires=`. */
function ofSetupPy(text: string): string[] {
  const start = /\bsetup_requires\s*=\s*[[(]?/.exec(text)
  if (start === null) return []
  const found: string[] = []
  const item = /\s*(?:#[^\n]*\n|,|"([^"\\\n]*)"|'([^'\\\n]*)')/y
  item.lastIndex = start.index + start[0].length
  for (let match = item.exec(text); match !== null; match = item.exec(text)) {
    const one = match[1] ?? match[2]
    if (one !== undefined) found.push(one)
  }
  return found
}

async function readSmall(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > MAX_BYTES) return undefined
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Whether a project's own requirements may depend on the Python that asks: setup.py can compute them. */
export async function dependsOnPython(folder: string): Promise<boolean> {
  return /\bversion_info\b|\bpython_version\b|\bhexversion\b/.test((await readSmall(join(folder, 'setup.py'))) ?? '')
}
