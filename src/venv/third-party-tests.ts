import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join, posix } from 'node:path'
import { normalizeName } from '../tested/python-names.js'
import { readRecords, rewriteRecords } from './record-file.js'

const TESTS = 'tests'
const IMPORT = /^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+([^#\n]*)|import[ \t]+([^#\n]*))/gm

/**
 * Removes the test suites (packages called `tests`) of all distributions but the project's own, in their RECORDs too.
 * One that another module imports or an entry point names stays. Gives the folders that went, relative to
 * `site-packages`.
 */
export function removeThirdPartyTests(site: string, project: string): string[] {
  const others = readRecords(site).filter(
    ({ distribution }) => normalizeName(distribution.split('-')[0] ?? '') !== normalizeName(project),
  )
  const paths = others.flatMap(({ lines }) => lines.map(({ path }) => path)).filter((path) => !path.startsWith('../'))
  const suites = [...new Set(paths.flatMap((path) => suiteOf(path) ?? []))]
  const isIn = (path: string) => suites.find((suite) => path.startsWith(`${suite}/`))
  const used = new Set<string>()
  const all = readRecords(site).flatMap(({ lines }) => lines.map(({ path }) => path))
  for (const path of all) {
    if (isIn(path) !== undefined || !/(?:\.py|\/entry_points\.txt)$/.test(path)) continue
    const text = readText(join(site, path))
    for (const suite of usesOf(path, text, suites)) used.add(suite)
  }
  const gone = suites.filter((suite) => !used.has(suite)).sort()
  const isGone = (path: string) => gone.some((suite) => path.startsWith(`${suite}/`))
  const removed = new Set(paths.filter(isGone))
  for (const path of removed) rmSync(join(site, path), { force: true })
  for (const suite of gone) removeEmpty(join(site, suite))
  rewriteRecords(site, (path) => (removed.has(path) ? [] : [path]))
  return gone
}

/** The outermost folder called `tests` that a path lies in. */
function suiteOf(path: string): string | undefined {
  const words = path.split('/')
  const index = words.slice(0, -1).indexOf(TESTS)
  return index < 0 || words[0]?.endsWith('.dist-info') === true ? undefined : words.slice(0, index + 1).join('/')
}

/** Those of the suites that a file outside of them needs: by its imports, or by their dotted names anywhere. */
export function usesOf(path: string, text: string, suites: readonly string[]): string[] {
  if (!text.includes(TESTS)) return []
  const imported = new Set<string>()
  for (const [, from, names, plain] of text.matchAll(IMPORT)) {
    if (from?.startsWith('.')) {
      const base = absolute(path, from)
      imported.add(base)
      for (const name of wordsOf(names)) imported.add(base === '' ? name : `${base}.${name}`)
    } else if (from !== undefined) {
      for (const name of wordsOf(names)) imported.add(`${from}.${name}`)
    } else {
      for (const name of wordsOf(plain)) imported.add(name)
    }
  }
  return suites.filter((suite) => {
    const dotted = suite.replaceAll('/', '.')
    if ([...imported].some((name) => name === dotted || name.startsWith(`${dotted}.`))) return true
    return suite.includes('/') && new RegExp(`(?<![\\w.])${dotted.replaceAll('.', '\\.')}(?!\\w)`).test(text)
  })
}

/** `from ..a` in `x/y/z.py` is `x.a`. */
function absolute(path: string, from: string): string {
  const dots = /^\.+/.exec(from)?.[0].length ?? 0
  const folder = posix
    .dirname(path)
    .split('/')
    .slice(0, 1 - dots || undefined)
  return [...folder, from.slice(dots)].filter((word) => word !== '' && word !== '.').join('.')
}

function wordsOf(names = ''): string[] {
  return names.split(/[,()\s]+/).filter((name) => /^[\w.]+$/.test(name))
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

/** What is there that no RECORD names stays, and the folders above it. */
function removeEmpty(folder: string): void {
  let left = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name))
    else left += 1
  }
  if (left === 0 && readdirSync(folder).length === 0) rmdirSync(folder)
}
