import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { debsOf, fetchTools, makeScene, readResultFile } from '../support/build-scene.js'
import { fpmEnvironment } from '../support/fpm.js'
import { scratch, writeFiles } from '../support/scratch.js'

beforeAll(fetchTools)

const MINUTES = 60_000

/** What the control archive has in it: names, or a member's text. */
const control = (deb: string, ...words: string[]) => {
  const script = 'deb=$1; shift; dpkg-deb --ctrl-tarfile "$deb" | tar --extract --to-stdout "$@"'
  return execFileSync('sh', ['-c', script, 'sh', deb, ...words], { encoding: 'utf8' })
}
const membersOf = (deb: string) =>
  execFileSync('sh', ['-c', 'dpkg-deb --ctrl-tarfile "$1" | tar --list', 'sh', deb], { encoding: 'utf8' })

const SCRIPT = ['--after-install', 'scripts/post']

describe('fpm', () => {
  it('takes nothing from .fpm of the home folder or of the current one', { timeout: 2 * MINUTES }, async (context) => {
    const env = await fpmEnvironment(context)
    const scene = makeScene(scratch(), { settings: { packager: 'fpm' } })
    const home = scratch()
    writeFiles(home, { '.fpm': `--after-install ${home}/post\n`, post: 'echo sneaked in\n' })
    writeFiles(scene.folder, { '.fpm': `--before-install ${home}/post\n` })
    const { code, stderr } = await scene.build([], { env: { ...env, HOME: home } })
    expect(stderr).not.toContain('giftwrap:')
    expect(code).toBe(0)
    const [deb = ''] = debsOf(scene.output)
    expect(membersOf(deb)).not.toMatch(/preinst/)
    expect(control(deb, './postinst')).not.toContain('sneaked in')
  })

  it("takes a script by its path from the manifest's folder, anew when it changes", {
    timeout: 2 * MINUTES,
  }, async (context) => {
    const env = await fpmEnvironment(context)
    const scene = makeScene(scratch(), { settings: { packager: 'fpm', fpm_options: SCRIPT } })
    writeFiles(scene.folder, { 'scripts/post': 'echo first\n' })
    const build = (...words: string[]) =>
      scene.run(['build', '-m', join(scene.folder, 'manifest.yml'), '-o', scene.output, ...words], {
        cwd: scratch(),
        env,
      })
    const first = await build()
    expect(first.stderr).not.toContain('giftwrap:')
    expect(first.code).toBe(0)
    const deb = debsOf(scene.output)[0] ?? ''
    expect(control(deb, './postinst')).toContain('echo first')

    expect((await build()).code).toBe(0)
    expect(readResultFile(scene.output).cache.package).toBe('reused')

    writeFiles(scene.folder, { 'scripts/post': 'echo second\n' })
    const refused = await build()
    expect(refused.stderr).toMatch(/is there already, made from other inputs/)
    expect(refused.code).toBe(2)
    expect((await build('--force-overwrite')).code).toBe(0)
    expect(control(deb, './postinst')).toContain('echo second')
  })

  it('finds a script by a plan that lies elsewhere', { timeout: 2 * MINUTES }, async (context) => {
    const env = await fpmEnvironment(context)
    const scene = makeScene(scratch(), { settings: { packager: 'fpm', fpm_options: SCRIPT } })
    writeFiles(scene.folder, { 'scripts/post': 'echo first\n' })
    const planned = await scene.run(['plan', '-m', 'manifest.yml', '-o', 'a/plan'], { env })
    expect(planned.code, planned.stderr).toBe(0)
    expect(readFileSync(join(scene.folder, 'a/plan/plan.json'), 'utf8')).toContain('"../../scripts/post"')
    const built = await scene.run(['build', '--plan', join(scene.folder, 'a/plan/plan.json'), '-o', scene.output], {
      cwd: scratch(),
      env,
    })
    expect(built.code, built.stderr).toBe(0)
    expect(control(debsOf(scene.output)[0] ?? '', './postinst')).toContain('echo first')
  })
})

describe('fpm_options that can not be followed', () => {
  it.each([
    ['refused ones', ['--fpm-options-file', 'x'], /manifest\.yml:1:\d+: fpm_options: --fpm-options-file may not be/],
    ['a file that is not there', SCRIPT, /manifest\.yml:1:\d+: fpm_options name .*\/scripts\/post, which is no file\./],
  ])('are told before anything is built: %s', async (_name, fpm_options, message) => {
    const scene = makeScene(scratch(), { settings: { packager: 'fpm', fpm_options } })
    for (const command of ['build', 'plan']) {
      const { code, stderr } = await scene.run([command, '-m', 'manifest.yml', '--dry-run'])
      expect(stderr).toMatch(message)
      expect(code).toBe(2)
    }
  })

  it('are warned of once where nfpm packages', async () => {
    const projects = ['hello', 'world'].map((name) => ({ name, path: 'hello' }))
    const scene = makeScene(scratch(), { settings: { packager: 'nfpm', fpm_options: ['--category', 'net'] }, projects })
    writeFileSync(
      join(scene.folder, 'plain.yml'),
      readFileSync(scene.manifest, 'utf8').replace(/"--category","net"/, ''),
    )
    for (const command of ['build', 'plan']) {
      const { code, stderr } = await scene.run([command, '-m', 'manifest.yml', '--dry-run'])
      expect(stderr.match(/fpm_options do nothing for hello-\S+ and 1 more, which nfpm packages/g)).toHaveLength(1)
      expect(code).toBe(0)
      expect((await scene.run([command, '-m', 'plain.yml', '--dry-run'])).stderr).not.toContain('fpm_options')
    }
  })
})
