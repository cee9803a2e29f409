import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, type TestContext } from 'vitest'
import { hasTool, need } from '../support/requirements.js'

const run = promisify(execFile)
const scratch = mkdtempSync(join(tmpdir(), 'giftwrap-action-test-'))

afterAll(() => rm(scratch, { recursive: true, force: true }))

/** A folder of the test's own, removed when the file's tests are done. */
export function temporaryFolder(name: string): Promise<string> {
  return mkdtemp(join(scratch, `${name}-`))
}

/** Inputs of every build here: the packager that needs nothing of the machine. */
export const BUILD = { manifest: 'manifest.yml', packager: 'nfpm', 'output-dir': 'out' }

/** setup.py of a project without dependencies; `first` runs before it is built. */
export function setupPy(first = ''): string {
  return `${first}\nfrom setuptools import setup\nsetup(name='tiny', version='1.0', py_modules=['tiny'])\n`
}

export const MANIFEST = manifest('path: project')

export function manifest(source: string): string {
  return `settings:
  version: '1.0'
  base_path: /opt/giftwrap-action-test
projects:
  - name: tiny
    ${source}
`
}

/** A workspace of the test's own: a manifest and a tiny Python project, or what the test wants instead. */
export async function tinyWorkspace(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const workspace = await temporaryFolder('workspace')
  const all = { 'manifest.yml': MANIFEST, 'project/setup.py': setupPy(), 'project/tiny.py': 'x = 1\n', ...files }
  for (const [name, content] of Object.entries(all)) {
    await mkdir(dirname(join(workspace, name)), { recursive: true })
    await writeFile(join(workspace, name), content)
  }
  return workspace
}

/** Skips where the machine can't build: the distribution's Python with pip, and mounts of one's own. */
export async function needBuilds(context: TestContext): Promise<void> {
  need(context, existsSync('/usr/bin/python3'), "the distribution's python3")
  need(context, hasTool('unshare'), 'unshare')
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const mounts = await run('unshare', [...user, '--mount', 'mount', '--bind', '/proc/self', '/proc/self']).then(
    () => true,
    () => false,
  )
  need(context, mounts, 'private mount namespaces')
}

/** All plain files below a folder, sorted, relative to it; none where there is no folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

/** The texts of all files below a folder, read as Latin-1 so that nothing is lost. */
export async function textsBelow(folder: string): Promise<string> {
  const texts: string[] = []
  for (const file of await filesBelow(folder)) texts.push(await readFile(join(folder, file), 'latin1'))
  return texts.join('\n')
}

/** Waits until `condition` holds; asks often, gives up after `seconds`. */
export async function until(condition: () => boolean | Promise<boolean>, seconds: number, what: string): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`after ${seconds} s still not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** The files of a zip archive, by Python's reader: another one than the writer's. */
export async function unzip(archive: Buffer): Promise<Map<string, Buffer>> {
  const folder = await temporaryFolder('unzip')
  await writeFile(join(folder, 'archive.zip'), archive)
  const script =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])'
  await run('/usr/bin/python3', ['-c', script, join(folder, 'archive.zip'), join(folder, 'files')])
  const files = new Map<string, Buffer>()
  for (const name of await filesBelow(join(folder, 'files')))
    files.set(name, await readFile(join(folder, 'files', name)))
  return files
}

/** Unpacks a .deb and gives the folder. */
export async function unpackDeb(deb: string): Promise<string> {
  const folder = await temporaryFolder('deb')
  await run('dpkg-deb', ['-x', deb, folder])
  return folder
}
