import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { fetchTools, readResultFile } from '../support/build-scene.js'
import { type LockScene, lockScene, pinsOf } from '../support/lock-scene.js'
import type { Release } from '../support/package-index.js'
import { writeFiles } from '../support/scratch.js'

beforeAll(fetchTools)

const UPPER = { constraints: ['upper.txt'] }

/** A project that requires `alpha`, which requires `beta` and `gamma`, of which there are some versions each. */
async function scene(upper: string, ...more: readonly Release[]): Promise<LockScene> {
  const made = await lockScene({
    releases: [{ name: 'alpha', version: '1.0', requires: ['beta', 'gamma'] }, ...versions('1.0', '2.0'), ...more],
    ...{ requires: ['alpha'], settings: UPPER },
  })
  writeFiles(made.folder, { 'upper.txt': upper })
  return made
}

const versions = (...all: readonly string[]): Release[] =>
  all.flatMap((version) => ['beta', 'gamma'].map((name) => ({ name, version })))

/** Contents and times of all that is in `locks/`. */
const state = ({ folder, files }: LockScene) =>
  files().map((name) => [
    name,
    readFileSync(join(folder, 'locks', name), 'utf8'),
    statSync(join(folder, 'locks', name)).mtimeMs,
  ])

describe('pins that can not be had', () => {
  it('are all named with who requires them, why, and what to do: exit code 2, and nothing is written', async () => {
    const made = await scene('alpha==1.0\nbeta==0.9\ngamma==0.8\n', {
      name: 'gamma',
      version: '0.8',
      files: ['py3-none-win_amd64'],
    })
    const { code, stderr } = await made.lock()
    expect(code).toBe(2)
    expect(stderr).toContain(
      "hello: beta==0.9, which alpha requires, can't be had: the index does not have it (any more).\n",
    )
    expect(stderr).toContain(
      "hello: gamma==0.8, which alpha requires, can't be had: there is no wheel for this platform.\n",
    )
    expect(stderr).toContain('--relax')
    expect(made.files()).toEqual([])
    const built = await made.build()
    expect({ code: built.code, out: existsSync(made.output) }).toEqual({ code: 2, out: false })
  })

  it('are lifted by --relax, those alone, which is recorded, warned of and kept', async () => {
    const made = await scene('alpha==1.0\nbeta==0.9\ngamma==1.0\n')
    const { code, stderr } = await made.lock('--relax')
    expect(stderr).toContain(
      "warning: hello: not tested: another version than beta==0.9, which can't be had: the index does not have it (any more)\n",
    )
    expect(code).toBe(0)
    const { lock, entry } = made.locked()
    expect(pinsOf(lock)).toEqual(['alpha==1.0', 'beta==2.0', 'gamma==1.0'])
    expect(entry.facts.relaxed).toEqual([
      { name: 'beta', pin: '==0.9', rung: 5, why: 'the index does not have it (any more)' },
    ])
    expect(entry.facts.tested.packages).toMatchObject({ alpha: { rung: 5 }, beta: { rung: 6 }, gamma: { rung: 5 } })
    const built = await made.build(['--locked'])
    expect(built.code).toBe(0)
    expect(readResultFile(made.output).warnings).toEqual([expect.stringContaining('another version than beta==0.9')])
  })

  it('are lifted for a build and a plan too', async () => {
    const made = await scene('alpha==1.0\nbeta==0.9\ngamma==1.0\n')
    expect((await made.run(['plan', '-m', 'manifest.yml', '-o', 'plan'])).code).toBe(2)
    expect((await made.run(['plan', '-m', 'manifest.yml', '-o', 'plan', '--relax'])).code).toBe(0)
    expect((await made.build(['--relax'])).code).toBe(0)
  })

  it('that contradict each other are no pins that can not be had', async () => {
    const made = await scene('alpha==1.0\nbeta==1.0\n', { name: 'gamma', version: '3.0', requires: ['beta>=2'] })
    appendFileSync(join(made.folder, 'upper.txt'), 'gamma==3.0\n')
    const { code, stderr } = await made.lock('--relax')
    expect(code).toBe(4)
    expect(stderr).toMatch(/beta>=2/)
    expect(stderr).not.toContain("can't be had")
  })
})

describe('a version that was withdrawn', () => {
  it('is locked while it is there, with a warning', async () => {
    const made = await scene('beta==1.5\ngamma==1.0\nalpha==1.0\n', {
      name: 'beta',
      version: '1.5',
      yanked: 'it eats files',
    })
    const { code, stderr } = await made.lock()
    expect(stderr).toContain('warning: hello: beta 1.5 was withdrawn from the index (yanked): it eats files\n')
    expect(code).toBe(0)
    expect(made.locked().entry.facts.yanked).toEqual([{ name: 'beta', version: '1.5', why: 'it eats files' }])
    expect((await made.build(['--locked'])).code).toBe(0)
  })
})

describe('lock --check', () => {
  it('gives the files of current locks and asks no index', async () => {
    const made = await scene('beta==1.0\n')
    const { stdout } = await made.lock()
    const [before, requests] = [state(made), made.index.requests.length]
    expect(await made.lock('--check')).toMatchObject({ code: 0, stdout })
    expect(state(made)).toEqual(before)
    expect(made.index.requests).toHaveLength(requests)
  })

  it.each<[string, (made: LockScene) => void, RegExp]>([
    [
      'constraints',
      ({ folder }) => writeFileSync(join(folder, 'upper.txt'), 'beta==2.0\n'),
      /is stale: its constraints is not/,
    ],
    ['source', (made) => made.setup({ install_requires: [] }), /is stale: its source is not/],
    ['pip_overrides', (made) => made.manifestOf({ pip_overrides: ['beta==2.0'] }, UPPER), /its pip_overrides is not/],
    [
      'lock',
      ({ folder, python }) => appendFileSync(join(folder, 'locks', `hello-1.2.3-py${python}.txt`), '#\n'),
      /it was edited by hand/,
    ],
    ['record', ({ folder }) => rmSync(join(folder, 'locks', 'hello-1.2.3.json')), /does not say what it was made of/],
    [
      'files',
      ({ folder }) => rmSync(join(folder, 'locks'), { recursive: true }),
      /there is no lock of hello 1\.2\.3 for Python 3\.\d+\./,
    ],
  ])('says what is stale or missing, and writes nothing: other %s', async (_what, change, says) => {
    const made = await scene('beta==1.0\n')
    await made.lock()
    change(made)
    const before = state(made)
    const { code, stderr, stdout } = await made.lock('--check')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(says)
    expect(stderr).toContain('giftwrap lock')
    expect(state(made)).toEqual(before)
  })

  it('looks at each Python that is asked for', async () => {
    const made = await scene('beta==1.0\n')
    await made.lock('--python-version', '3.9,3.12')
    expect((await made.lock('--check', '--python-version', '3.12')).code).toBe(0)
    const { code, stderr } = await made.lock('--check', '--python-version', '3.9,3.10,3.13')
    expect(code).toBe(2)
    expect(stderr).toMatch(/for Python 3\.10[\s\S]*for Python 3\.13/)
    expect(stderr).not.toContain('for Python 3.9')
  })
})

describe('lock --upgrade-package', () => {
  it('changes that one alone, records it, and the next upgrade of another one keeps it', async () => {
    const made = await scene('alpha==1.0\nbeta==1.0\n')
    await made.lock()
    expect(pinsOf(made.locked().lock)).toEqual(['alpha==1.0', 'beta==1.0', 'gamma==2.0'])
    for (const release of versions('3.0')) made.index.add(release)
    const first = await made.lock('--upgrade-package', 'Beta')
    expect(first.stderr).toMatch(/not tested, but upgraded when the lock was made: beta\n/)
    expect(first.code).toBe(0)
    expect(pinsOf(made.locked().lock)).toEqual(['alpha==1.0', 'beta==3.0', 'gamma==2.0'])
    expect(made.locked().entry.facts.upgraded).toEqual(['beta'])
    for (const release of versions('4.0')) made.index.add(release)
    expect((await made.lock('--upgrade-package', 'gamma')).code).toBe(0)
    expect(pinsOf(made.locked().lock)).toEqual(['alpha==1.0', 'beta==3.0', 'gamma==4.0'])
    expect(made.locked().entry.facts.upgraded).toEqual(['beta', 'gamma'])
    expect(made.locked().entry.facts.tested.packages).toMatchObject({ alpha: { rung: 5 }, beta: { rung: 6 } })
    expect((await made.lock('--check')).code).toBe(0)
    expect((await made.build(['--locked'])).code).toBe(0)
  })

  it('takes several, and a lock that is made anew knows of none', async () => {
    const made = await scene('alpha==1.0\nbeta==1.0\ngamma==1.0\n')
    await made.lock()
    expect((await made.lock('--upgrade-package', 'beta', '--upgrade-package', 'gamma')).code).toBe(0)
    expect(pinsOf(made.locked().lock)).toEqual(['alpha==1.0', 'beta==2.0', 'gamma==2.0'])
    await made.lock()
    expect(pinsOf(made.locked().lock)).toEqual(['alpha==1.0', 'beta==1.0', 'gamma==1.0'])
    expect(made.locked().entry.facts.upgraded).toEqual([])
  })

  it('keeps what was relaxed', async () => {
    const made = await scene('alpha==1.0\nbeta==0.9\ngamma==1.0\n')
    await made.lock('--relax')
    for (const release of versions('3.0')) made.index.add(release)
    expect((await made.lock('--upgrade-package', 'gamma')).code).toBe(0)
    expect(pinsOf(made.locked().lock)).toEqual(['alpha==1.0', 'beta==2.0', 'gamma==3.0'])
    expect(made.locked().entry.facts.relaxed).toMatchObject([{ name: 'beta', pin: '==0.9' }])
  })

  it('refuses a name that no lock has, and writes nothing', async () => {
    const made = await scene('beta==1.0\n')
    await made.lock()
    const before = state(made)
    const { code, stderr } = await made.lock('--upgrade-package', 'beta', '--upgrade-package', 'Delta')
    expect(code).toBe(2)
    expect(stderr).toContain('--upgrade-package: no lock has delta.')
    expect(state(made)).toEqual(before)
  })

  it.each<[string, (made: LockScene) => void]>([
    ['missing', ({ folder }) => rmSync(join(folder, 'locks'), { recursive: true })],
    ['stale', ({ folder }) => writeFileSync(join(folder, 'upper.txt'), 'beta==2.0\n')],
  ])('refuses a lock that is %s', async (_what, change) => {
    const made = await scene('beta==1.0\n')
    await made.lock()
    change(made)
    const { code, stderr } = await made.lock('--upgrade-package', 'beta')
    expect(code).toBe(2)
    expect(stderr).toMatch(/is not there|is stale/)
    expect(stderr).toContain('--upgrade-package')
    expect(stderr).not.toContain('--locked')
  })
})
