import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { InputError, type Problem } from '../../src/errors.js'
import { type Manifest, type ManifestOverrides, readManifest } from '../../src/manifest/read-manifest.js'

/** Writes a manifest into a folder of its own and gives its path. */
export async function manifestFile(content: string | Uint8Array): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'giftwrap-manifest-')), 'manifest.yml')
  await writeFile(path, content)
  return path
}

export async function read(content: string | Uint8Array, overrides?: ManifestOverrides): Promise<Manifest> {
  return readManifest(await manifestFile(content), overrides)
}

/** The problems of a manifest that must have some. */
export async function problemsOf(
  content: string | Uint8Array,
  overrides?: ManifestOverrides,
): Promise<readonly Problem[]> {
  try {
    await read(content, overrides)
  } catch (error) {
    if (error instanceof InputError) return error.problems
    throw error
  }
  return expect.fail('the manifest has no problems')
}

/** `line:column: message`, as a test likes to read it. */
export function short({ line, column, message }: Problem): string {
  return `${line ?? '-'}:${column ?? '-'}: ${message}`
}
