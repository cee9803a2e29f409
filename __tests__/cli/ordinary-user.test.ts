import { chownSync, cpSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sha256File } from '../../src/runtime/files.js'
import { debsOf, fetchTools, makeScene, readResultFile } from '../support/build-scene.js'
import { AS_ORDINARY_USER, needOrdinaryUser, ORDINARY_USER } from '../support/ordinary-user.js'
import { scratch } from '../support/scratch.js'

beforeAll(fetchTools)

describe('an ordinary user', () => {
  it('builds the very package that root builds, and nothing on the host changes', async (context) => {
    needOrdinaryUser(context)
    const scene = makeScene(scratch(), {}, { files: { 'etc/hello.conf': 'a = 1\n' } })
    expect((await scene.build()).code).toBe(0)
    const byRoot = await sha256File(debsOf(scene.output)[0] ?? '')

    const own = join(scene.folder, 'own')
    for (const name of ['', 'home', 'cache', 'out']) {
      mkdirSync(join(own, name), { recursive: true })
      chownSync(join(own, name), ORDINARY_USER, ORDINARY_USER)
    }
    for (const tool of ['giftwrap-uv', 'giftwrap-nfpm']) {
      cpSync(join(scene.cache, tool), join(own, 'cache', tool), { recursive: true, dereference: true })
    }
    const before = readdirSync('/opt')
    const output = join(own, 'out')
    const { code, stderr } = await scene.build(['-d', '-o', output], {
      prefix: AS_ORDINARY_USER,
      env: { HOME: join(own, 'home'), RUNNER_TOOL_CACHE: join(own, 'cache'), USER: 'nobody', PATH: '/usr/bin:/bin' },
    })
    expect(stderr).not.toContain('giftwrap:')
    expect(code).toBe(0)
    expect(stderr).toContain('unshare --user --map-root-user --mount')
    expect(readdirSync('/opt')).toEqual(before)
    const [deb = ''] = debsOf(output)
    expect(statSync(deb).uid).toBe(ORDINARY_USER)
    expect(await sha256File(deb)).toBe(byRoot)
    expect(readResultFile(output).status).toBe('ok')
  })
})
