import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../src/runtime/environment.js'
import { which } from '../../src/runtime/which.js'
import { scratch, writeFiles } from '../support/scratch.js'

function onPath(...folders: readonly string[]) {
  return { ...readEnvironment(), variables: { PATH: folders.join(':') } }
}

/** Folders `a` and `b`, each with an executable `giftwrap-tool`. */
function twoFolders(): { readonly a: string; readonly b: string } {
  const folder = scratch()
  writeFiles(folder, { 'a/giftwrap-tool': '', 'b/giftwrap-tool': '' })
  for (const name of ['a', 'b']) chmodSync(join(folder, name, 'giftwrap-tool'), 0o755)
  return { a: join(folder, 'a'), b: join(folder, 'b') }
}

describe('a tool', () => {
  it('is the first of the PATH', async () => {
    const { a, b } = twoFolders()
    expect(await which('giftwrap-tool', onPath(b, a))).toBe(join(b, 'giftwrap-tool'))
    expect(await which('giftwrap-tool', onPath('', '/nowhere', a, b))).toBe(join(a, 'giftwrap-tool'))
  })

  it('is executable: other files are passed over', async () => {
    const { a, b } = twoFolders()
    chmodSync(join(a, 'giftwrap-tool'), 0o644)
    expect(await which('giftwrap-tool', onPath(a, b))).toBe(join(b, 'giftwrap-tool'))
  })

  it('is a file: folders and dangling links are passed over', async () => {
    const { a, b } = twoFolders()
    mkdirSync(join(a, 'giftwrap-other'))
    symlinkSync('/nowhere', join(a, 'giftwrap-gone'))
    symlinkSync('giftwrap-tool', join(b, 'giftwrap-other'))
    expect(await which('giftwrap-other', onPath(a, b))).toBe(join(b, 'giftwrap-other'))
    expect(await which('giftwrap-gone', onPath(a, b))).toBeUndefined()
  })

  it("may be the administrator's, which are not on every PATH", async () => {
    expect(await which('ldconfig', onPath('/nowhere'))).toMatch(/^(\/usr)?\/sbin\/ldconfig$/)
  })

  it('is found without a PATH', async () => {
    expect(await which('sh', { ...readEnvironment(), variables: {} })).toMatch(/\/sh$/)
  })

  it('that is nowhere is undefined', async () => {
    expect(await which('giftwrap-tool', onPath())).toBeUndefined()
  })
})
