import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sha256File } from '../../src/runtime/files.js'
import { NFPM, UV } from '../../src/tools/pins.js'
import { debsOf, fetchTools, legFolder, makeScene, readResultFile, type Scene } from '../support/build-scene.js'
import { fpmEnvironment } from '../support/fpm.js'
import { gitRepository } from '../support/git-repository.js'
import { writeProject } from '../support/python-project.js'
import type { CliOptions } from '../support/run-cli.js'
import { scratch, writeFiles } from '../support/scratch.js'

beforeAll(fetchTools)

interface Failure {
  /** In the message: the tool with its exit code, its command, its last words. */
  readonly message: readonly RegExp[]
  readonly words?: readonly string[]
  readonly options?: CliOptions
}

/** Builds, and expects exit code 4, a message with all its parts, and the log and result of a failed leg. */
async function expectToolFailure(scene: Scene, { message, words = [], options = {} }: Failure): Promise<void> {
  const { code, stdout, stderr } = await scene.build(words, options)
  for (const part of message) expect(stderr).toMatch(part)
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  const log = /^ {2}log: (.+)$/m.exec(stderr)?.[1] ?? expect.fail(`no log in ${stderr}`)
  for (const part of message.slice(1)) expect(readFileSync(log, 'utf8')).toMatch(part)
}

function expectFailedLeg(scene: Scene, project = 'hello'): void {
  expect(readResultFile(scene.output, project)).toMatchObject({ status: 'failed', packages: [] })
  expect(readResultFile(scene.output, project).error).toMatch(/failed with exit code/)
  expect(readdirSync(legFolder(scene.output, project)).sort()).toEqual(['build.log', 'result.json'])
}

/** An executable that says something and fails. */
function failing(path: string, words: string, code: number, condition = 'true'): void {
  rmSync(path, { force: true })
  writeFileSync(
    path,
    `#!/bin/sh\nif ${condition}; then echo "${words}" >&2; exit ${code}; fi\nexec /usr/bin/git "$@"\n`,
  )
  chmodSync(path, 0o755)
}

/** Puts a broken tool where the tool cache keeps a good one. */
function breakTool(scene: Scene, { name, version }: { readonly name: string; readonly version: string }): void {
  const arch = join(scene.cache, `giftwrap-${name}`, version, process.arch)
  rmSync(join(scene.cache, `giftwrap-${name}`))
  writeFiles(arch, { [name]: '' })
  writeFileSync(`${arch}.complete`, '')
  failing(join(arch, name), `${name} is broken today`, 3)
}

describe.each([
  ['at once', []],
  ['with -s', ['-s']],
])('a tool that fails, %s', (_name, words) => {
  it('uv', async () => {
    const scene = makeScene(scratch())
    breakTool(scene, UV)
    const message = [/uv failed with exit code 3/, /uv pip compile/, /uv is broken today/]
    await expectToolFailure(scene, { message, words })
    expectFailedLeg(scene)
  })

  it('nfpm', async () => {
    const scene = makeScene(scratch())
    breakTool(scene, NFPM)
    const message = [/nfpm failed with exit code 3/, /nfpm package --config/, /nfpm is broken today/]
    await expectToolFailure(scene, { message, words })
    expectFailedLeg(scene)
    expect(readdirSync(legFolder(scene.output)).filter((name) => name.includes('partial'))).toEqual([])
  })

  it('fpm', async (context) => {
    const env = await fpmEnvironment(context)
    const scene = makeScene(scratch(), {
      settings: { packager: 'fpm', fpm_options: ['--deb-compression-level', 'much'] },
    })
    const message = [
      /fpm failed with exit code 1/,
      /--input-type dir --output-type deb/,
      /Invalid compression level 'much'/,
    ]
    await expectToolFailure(scene, { message, words, options: { env } })
    expectFailedLeg(scene)
  })

  it("pip, for a tool's wheel", async () => {
    const scene = makeScene(scratch())
    rmSync(join(scene.cache, 'giftwrap-uv'))
    const env = { PIP_INDEX_URL: 'http://127.0.0.1:2/simple', PIP_RETRIES: '0' }
    const message = [
      /python3 failed with exit code 1/,
      /-m pip download .*requirements\.txt/,
      /No matching distribution/,
    ]
    await expectToolFailure(scene, { message, words, options: { env } })
    expectFailedLeg(scene)
    expect(existsSync(join(scene.cache, 'giftwrap-uv', UV.version, `${process.arch}.complete`))).toBe(false)
  })

  it("pip, for a project's source archive", async () => {
    const scene = makeScene(scratch(), { projects: [{ name: 'hello', sdist: 'hello==1.2.3' }] })
    const env = { PIP_INDEX_URL: 'http://127.0.0.1:2/simple', PIP_RETRIES: '0' }
    const message = [/python3 failed with exit code 1/, /-m pip download .*hello==1\.2\.3/, /No matching distribution/]
    await expectToolFailure(scene, { message, words, options: { env } })
  })

  it.each([
    ['when it looks a ref up', 'ls-remote', /git ls-remote/],
    ['when it fetches', 'fetch', /git -C .* fetch/],
  ])('git, %s', async (_when, verb, command) => {
    const scene = makeScene(scratch(), { projects: [{ name: 'hello', giturl: 'repository' }] })
    const repository = gitRepository(join(scene.folder, 'repository'))
    writeProject(repository.folder)
    repository.commit({})
    writeFiles(join(scene.folder, 'bin'), { git: '' })
    failing(join(scene.folder, 'bin', 'git'), 'out of memory', 137, `echo " $* " | grep -q " ${verb} "`)
    const env = { PATH: `${join(scene.folder, 'bin')}:${process.env.PATH}` }
    const message = [/git failed with exit code 137/, command, /out of memory/]
    await expectToolFailure(scene, { message, words, options: { env } })
  })
})

describe("a project's own build that fails", () => {
  it('shows its last lines, and the log has all of them', async () => {
    const setup = `import sys
for n in range(100):
    print("line", n, "of setup.py", file=sys.stderr)
raise SystemExit("this project is broken")
`
    const scene = makeScene(scratch(), {}, { files: { 'setup.py': setup } })
    const message = [/uv failed with exit code/, /uv build --wheel/, /this project is broken/]
    await expectToolFailure(scene, { message })
    expectFailedLeg(scene)
    expect(readFileSync(join(legFolder(scene.output), 'build.log'), 'utf8')).toContain('line 1 of setup.py')
  })

  it('takes the package of its name away, and no other, nor what the others were made from', async () => {
    const scene = makeScene(scratch())
    const second = ['--iteration', '2']
    for (const words of [[], second]) expect((await scene.build(words)).code).toBe(0)
    const [first = '', other = ''] = debsOf(scene.output)
    const sum = await sha256File(first)
    breakTool(scene, NFPM)
    expect((await scene.build(['--no-reuse', ...second])).code).toBe(4)
    expect(readResultFile(scene.output)).toMatchObject({ status: 'failed', packages: [] })
    expect(existsSync(other)).toBe(false)
    expect(await sha256File(first)).toBe(sum)
    rmSync(join(scene.cache, 'giftwrap-nfpm'), { recursive: true })
    expect((await scene.build()).code).toBe(0)
    expect(await sha256File(first)).toBe(sum)
  })
})
