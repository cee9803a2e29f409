import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

/** A folder of the test's own, gone when the test ends. Other users may look into it. */
export function scratch(): string {
  const folder = newFolder()
  onTestFinished(() => remove(folder))
  return folder
}

/** The same for all tests of a file or `describe`. */
export function sharedScratch(): string {
  const folder = newFolder()
  afterAll(() => remove(folder))
  return folder
}

function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'giftwrap-test-')))
  chmodSync(folder, 0o755)
  return folder
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Writes files by their paths below a folder, which is made where it isn't there. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
}

/** Made when it is first asked for: a file's tests may not run at all. */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
