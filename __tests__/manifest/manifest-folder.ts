import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { InputError, type Problem } from '../../src/errors.js'
import { loadManifest, type Manifest, type ManifestOverrides } from '../../src/manifest/read-manifest.js'

/** Writes files into a folder of their own and gives the folder. */
export async function manifestFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'giftwrap-manifest-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

/** Loads `manifest.yml` of a folder, with nothing refused for being built later. */
export function load(folder: string, overrides: ManifestOverrides = {}): Promise<Manifest> {
  return loadManifest(join(folder, 'manifest.yml'), overrides, { keys: [] })
}

export async function loadText(text: string, overrides?: ManifestOverrides): Promise<Manifest> {
  return load(await manifestFolder({ 'manifest.yml': text }), overrides)
}

/** The problems of work that must have some. */
export async function problemsIn(work: () => unknown): Promise<readonly Problem[]> {
  try {
    await work()
  } catch (error) {
    if (error instanceof InputError) return error.problems
    throw error
  }
  return expect.fail('there are no problems')
}
