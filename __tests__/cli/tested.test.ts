import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { BASE_PATH, debsOf, fetchTools, makeScene } from '../support/build-scene.js'
import { packageText } from '../support/deb.js'
import { writeProject } from '../support/python-project.js'
import { scratch } from '../support/scratch.js'
import { tested } from '../support/tested-world.js'

beforeAll(fetchTools)

interface Tested {
  readonly rungs: readonly { readonly rung: number; readonly what: string; readonly change?: string }[]
  readonly packages: Readonly<Record<string, { readonly rung: number; readonly constraints: readonly string[] }>>
  readonly overruled: readonly object[]
}

/** A project in git whose change Gerrit knows, with what its CI tested, and a manifest that asks for it. */
async function scene(dependencies: readonly string[], settings: Readonly<Record<string, unknown>> = {}, log?: number) {
  const folder = scratch()
  writeProject(join(folder, 'hello'), { dependencies })
  const world = await tested(folder, log === undefined ? {} : { log })
  const made = makeScene(
    folder,
    {
      settings: { ...world.settings, gerrit_dependencies: true, ...settings },
      projects: [{ name: 'hello', giturl: 'hello' }],
    },
    { dependencies },
  )
  const provenance = () => {
    const text = packageText(debsOf(made.output)[0] ?? '', `${BASE_PATH}/hello/share/giftwrap/provenance.json`)
    return (JSON.parse(text) as { lock: { tested: Tested } }).lock.tested
  }
  const lock = () => packageText(debsOf(made.output)[0] ?? '', `${BASE_PATH}/hello/share/giftwrap/lock.txt`)
  return { made, world, provenance, lock }
}

/** The number of each package's rung. */
function rungsOf({ packages }: Tested): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(packages).map(([name, { rung }]) => [name, rung]))
}

describe('a build of a commit that CI has tested', () => {
  it('has the versions of its freeze, asks for no more, and says where they come from', async () => {
    const { made, world, provenance, lock } = await scene(['six'])
    const { code, stderr } = await made.build()
    expect({ code, stderr: stderr.replace(/^hello-.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    expect(lock()).toMatch(/^six==1\.15\.0 /)
    expect(provenance()).toMatchObject({
      rungs: [{ rung: 1, what: 'freeze of openstack-tox-py311 (gate)', change: expect.stringMatching(/\+\/42$/) }],
      packages: { six: { rung: 1, constraints: ['six==1.15.0'] } },
      overruled: [],
    })
    expect(world.requests).toHaveLength(4)
    expect((await made.build(['--iteration', '2'])).code).toBe(0)
    expect(world.requests).toHaveLength(4)
  })

  it('takes from the next rung what the freeze lacks', async () => {
    const { made, provenance, lock } = await scene(['six', 'idna'])
    expect((await made.build()).code).toBe(0)
    expect(lock()).toMatch(/^idna==3\.7 /m)
    expect(lock()).toMatch(/^six==1\.15\.0 /m)
    expect(rungsOf(provenance())).toEqual({ idna: 2, six: 1 })
  })

  it("has the manifest's constraints win, and says what they overrule", async () => {
    const { made, provenance, lock } = await scene(['six'], { constraints: ['own.txt'] })
    writeFileSync(join(made.folder, 'own.txt'), 'six==1.16.0\n')
    expect((await made.build()).code).toBe(0)
    expect(lock()).toMatch(/^six==1\.16\.0 /)
    expect(provenance()).toMatchObject({
      packages: { six: { rung: 5, constraints: ['six==1.16.0'] } },
      overruled: [{ name: 'six', tested: '==1.15.0', manifest: '==1.16.0' }],
    })
  })

  it('warns of versions that nobody tested', async () => {
    const { made, provenance } = await scene(['six', 'idna', 'certifi'], {}, 404)
    const { code, stderr } = await made.build()
    expect(code).toBe(0)
    expect(stderr).toMatch(/nobody tested these versions, they are the newest: certifi$/m)
    expect(rungsOf(provenance())).toEqual({ certifi: 6, idna: 3, six: 3 })
  })

  it('is refused with --require-rung where a package comes from a lower one, and why', async () => {
    const { made } = await scene(['six', 'idna'], {}, 404)
    const { code, stderr } = await made.build(['--require-rung', '2'])
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /hello: --require-rung 2, and these are from lower ones: idna \(3\), six \(3\)\.\n.*rung 1: .*gone/,
    )
    expect(existsSync(made.output)).toBe(false)
    expect((await made.build(['--require-rung', '3'])).code).toBe(0)
    expect((await made.build(['--require-rung', '9'])).stderr).toContain('is not a number from 1 to 5')
  })

  it('asks nobody with gerrit_dependencies: false', async () => {
    const { made, world, provenance } = await scene(['six'], { gerrit_dependencies: false })
    const { code, stderr } = await made.build()
    expect(code).toBe(0)
    expect(stderr).toMatch(/nobody tested these versions, they are the newest: six$/m)
    expect(world.requests).toEqual([])
    expect(rungsOf(provenance())).toEqual({ six: 6 })
  })

  it('goes on where no server answers, and warns', async () => {
    const nowhere = 'http://127.0.0.1:2'
    const { made } = await scene(['six'], { gerrit_url: nowhere, constraints_url: nowhere })
    const { code, stderr } = await made.build()
    expect(code).toBe(0)
    expect(stderr).toMatch(/tested versions \(rung 1\) could not be asked for: .*127\.0\.0\.1:2/)
  })

  it('is locked so by plan and lock too, which record it', async () => {
    const { made } = await scene(['six'])
    expect((await made.run(['lock', '-m', 'manifest.yml'])).code).toBe(0)
    const record = JSON.parse(readFileSync(join(made.folder, 'locks', 'hello-1.2.3.json'), 'utf8')) as {
      locks: { facts: { tested: Tested } }[]
    }
    expect(record.locks.map(({ facts }) => rungsOf(facts.tested))).toEqual([{ six: 1 }])
    expect((await made.run(['plan', '-m', 'manifest.yml', '-o', 'plan'])).code).toBe(0)
    const plan = JSON.parse(readFileSync(join(made.folder, 'plan', 'plan.json'), 'utf8')) as typeof record
    expect(plan.locks.map(({ facts }) => facts.tested)).toEqual(record.locks.map(({ facts }) => facts.tested))
    const { code, stderr } = await made.build(['--locked'])
    expect({ code, made: /lock .*reused/.test(stderr) }).toEqual({ code: 0, made: true })
  })
})
