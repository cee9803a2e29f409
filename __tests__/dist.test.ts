import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { REPOSITORY } from './support/paths.js'

const built = mkdtempSync(join(tmpdir(), 'giftwrap-dist-'))
afterAll(() => rmSync(built, { recursive: true, force: true }))

const files = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()

it('is, byte for byte, what the source builds', { timeout: 120_000 }, () => {
  // Modules are numbered by their paths, so lib/ has to be where the build has it.
  rmSync(join(REPOSITORY, 'lib'), { recursive: true, force: true })
  execFileSync(process.execPath, [join(REPOSITORY, 'node_modules/typescript/bin/tsc')], { cwd: REPOSITORY })
  const dist = join(built, 'dist')
  execFileSync(process.execPath, [join(REPOSITORY, 'scripts', 'bundle.mjs'), dist])
  const committed = join(REPOSITORY, 'dist')
  expect(files(dist)).toEqual(files(committed))
  const different = files(dist).filter(
    (name) => !readFileSync(join(dist, name)).equals(readFileSync(join(committed, name))),
  )
  expect(different).toEqual([])
})

it('holds the licences of what is bundled', () => {
  for (const [file, names] of [
    ['dist/licenses.txt', ['@actions/core', 'js-yaml', 'nunjucks', 'zod']],
    ['dist/cli/licenses.txt', ['js-yaml', 'nunjucks', 'zod', 'tar-stream', 'undici']],
  ] as const) {
    const text = readFileSync(join(REPOSITORY, file), 'utf8')
    for (const name of names) expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'))
  }
})
