import { execFileSync } from 'node:child_process'
import { readdirSync, renameSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contentOf, contentsOf, filesOf, LEGS, packageOf, publishFolder, resultOf } from '../support/publish-scene.js'
import { runCli } from '../support/run-cli.js'
import { scratch, writeFiles } from '../support/scratch.js'

const ALL = Object.values(LEGS)
const publish = (cwd: string, ...more: string[]) =>
  runCli(['publish', '--plan', 'plan.json', '--results', 'out', '-o', 'published', ...more], {
    cwd,
    env: { XDG_CACHE_HOME: join(cwd, 'cache'), RUNNER_TOOL_CACHE: undefined },
  })

describe('giftwrap publish', () => {
  it('puts packages with their sums and a report into one folder', async () => {
    const folder = await publishFolder(scratch())
    const { code, stdout, stderr } = await publish(folder)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { 'report.md': report, SHA256SUMS: sums, ...packages } = contentsOf(join(folder, 'published'))
    expect(packages).toEqual(Object.fromEntries(ALL.map((leg) => [packageOf(leg), contentOf(leg)])))
    expect(stdout.trim().split('\n')).toEqual(
      [...ALL.toSorted().map(packageOf), 'SHA256SUMS'].map((name) => join(folder, 'published', name)),
    )
    expect(report).toMatch(/^4 of 4 legs published: 4 packages/)
    expect(sums?.trim().split('\n')).toHaveLength(4)
    execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(folder, 'published') })
  })

  it('does the same again, and refuses a folder with other files', async () => {
    const folder = await publishFolder(scratch())
    expect((await publish(folder)).code).toBe(0)
    const before = contentsOf(join(folder, 'published'))
    expect((await publish(folder)).code).toBe(0)
    expect(contentsOf(join(folder, 'published'))).toEqual(before)
    writeFileSync(join(folder, 'published', 'old_1.deb'), '')
    const refused = await publish(folder)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/published holds old_1\.deb, which is no part of what is published/)
  })

  it('takes the highest attempt of unpacked artifacts', async () => {
    const folder = await publishFolder(scratch())
    const out = join(folder, 'out')
    for (const leg of ALL) {
      writeFiles(join(out, `our-${leg}-a2`), {})
      writeFiles(
        out,
        Object.fromEntries(Object.entries(filesOf(leg)).map(([name, text]) => [`our-${leg}-a9/${name}`, text])),
      )
      rmSync(join(out, leg), { recursive: true })
    }
    const failed = filesOf(LEGS.keystone12, { status: 'failed', error: 'no luck', packages: [] })
    writeFiles(join(out, `our-${LEGS.keystone12}-a1`), failed)
    expect((await publish(folder)).code).toBe(0)
    writeFiles(join(out, `our-${LEGS.keystone12}-a10`), failed)
    const refused = await publish(folder)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/keystone-27\.0\.0rc1-debian12-amd64 is failed: no luck\./)
  })

  it('does without legs that may fail, and says so', async () => {
    const failed = filesOf(LEGS.glance12, { status: 'failed', error: 'no luck', packages: [] })
    const folder = await publishFolder(scratch(), [LEGS.keystone12, LEGS.keystone13], failed)
    const { code, stderr } = await publish(folder)
    expect(code).toBe(0)
    expect(stderr).toMatch(/warning: glance-.*-debian12-amd64 is not published, it is failed, as it may: no luck/)
    expect(stderr).toMatch(/warning: glance-.*-debian13-amd64 is not published, it is missing, as it may: there is no/)
    expect(Object.keys(contentsOf(join(folder, 'published')))).toHaveLength(4)
  })

  type Damage = (out: string) => void
  const at = (out: string, file: string) => join(out, LEGS.keystone12, file)
  const deb = packageOf(LEGS.keystone12)
  it.each<[string, Damage, RegExp]>([
    ['is missing', (out) => rmSync(join(out, LEGS.keystone12), { recursive: true }), /is missing: there is no result/],
    ['has another byte', (out) => writeFileSync(at(out, deb), contentOf(LEGS.keystone12).replace('t', 'T')), /SHA-256/],
    ['has another size', (out) => writeFileSync(at(out, deb), 'short'), /has 5 bytes, and its result says/],
    ['lacks its package', (out) => unlinkSync(at(out, deb)), /its openstack-keystone.* is not there/],
    [
      'has a link for a package',
      (out) => {
        renameSync(at(out, deb), join(out, 'elsewhere'))
        symlinkSync(join(out, 'elsewhere'), at(out, deb))
      },
      /is no plain file/,
    ],
    [
      'has a link for a result',
      (out) => {
        renameSync(at(out, 'result.json'), join(out, 'elsewhere'))
        symlinkSync(join(out, 'elsewhere'), at(out, 'result.json'))
      },
      /is missing/,
    ],
    ['has a result that is none', (out) => writeFileSync(at(out, 'result.json'), '{"version": 1}'), /can't be read/],
    [
      'has a result too large',
      (out) => writeFileSync(at(out, 'result.json'), JSON.stringify(resultOf(LEGS.keystone12)).padEnd(5e6)),
      /can't be read/,
    ],
    [
      'names a file elsewhere',
      (out) =>
        writeFiles(
          out,
          filesOf(LEGS.keystone12, {
            packages: [{ file: '../../plan.json', size: 1, sha256: '', fields: {} }],
          }),
        ),
      /"\.\.\/\.\.\/plan\.json" is no name of a package/,
    ],
    [
      'was built of another source',
      (out) => writeFiles(out, filesOf(LEGS.keystone12, { source: 'git 0' })),
      /built of git 0/,
    ],
    ['has two results', (out) => writeFiles(join(out, 'copy'), filesOf(LEGS.keystone12)), /it has 2 results: /],
  ])('fails where a leg %s, and leaves it out with --allow-partial', async (_, damage, message) => {
    const folder = await publishFolder(scratch())
    damage(join(folder, 'out'))
    const refused = await publish(folder)
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(message)
    expect(refused.stderr).toContain(LEGS.keystone12)
    expect(readdirSync(folder)).not.toContain('published')
    const partial = await publish(folder, '--allow-partial')
    expect(partial.code).toBe(0)
    expect(partial.stderr).toMatch(message)
    const { 'report.md': report, SHA256SUMS: sums, ...packages } = contentsOf(join(folder, 'published'))
    expect(Object.keys(packages).sort()).toEqual(
      ALL.filter((leg) => leg !== LEGS.keystone12)
        .map(packageOf)
        .sort(),
    )
    expect(report).toMatch(/^3 of 4 legs published/)
    expect(sums).not.toContain(deb)
  })

  it('has nothing to do where no leg has packages', async () => {
    const folder = await publishFolder(scratch(), [])
    writeFiles(join(folder, 'out'), { 'readme.txt': '' })
    const { code, stderr } = await publish(folder, '--allow-partial')
    expect(code).toBe(3)
    expect(stderr).toContain('no leg has packages that could be published')
  })

  it('warns of results that the plan does not have', async () => {
    const folder = await publishFolder(scratch(), ALL, { 'nova-1-debian12-amd64/result.json': '{}' })
    const { code, stderr } = await publish(folder)
    expect(code).toBe(0)
    expect(stderr).toMatch(/out has results of no leg of the plan: nova-1-debian12-amd64/)
  })

  it.each<[string, readonly string[], RegExp]>([
    ['no plan', ['--results', 'out'], /--plan is missing\.\n.*--plan FILE/],
    ['no results', ['--plan', 'plan.json'], /--results is missing\.\n.*--results DIR/],
    ['a plan that is not there', ['--plan', 'x.json', '--results', 'out'], /the plan x\.json can't be read: ENOENT/],
    [
      'a plan that is none',
      ['--plan', 'large.json', '--results', 'out'],
      /large\.json can't be read: it has 300000000 bytes/,
    ],
    ['results that are not there', ['--plan', 'plan.json', '--results', 'x'], /the results in x can't be read: ENOENT/],
  ])('wants to be told: %s', async (_, words, message) => {
    const folder = await publishFolder(scratch())
    writeFileSync(join(folder, 'large.json'), '')
    truncateSync(join(folder, 'large.json'), 300_000_000)
    const { code, stderr } = await runCli(['publish', ...words], { cwd: folder })
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})
