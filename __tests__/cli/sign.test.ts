import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sha256File } from '../../src/runtime/files.js'
import { debsOf, fetchTools, legFolder, makeScene, readResultFile } from '../support/build-scene.js'
import { hasTool, need } from '../support/requirements.js'
import { scratch } from '../support/scratch.js'
import { makeGpgKey } from '../support/signing.js'

beforeAll(fetchTools)

const PASSPHRASE = 'open-sesame-77d1'

describe('settings.sign', () => {
  it('signs the package after it has been read back, and tells no secret', async (context) => {
    need(context, hasTool('gpg') && hasTool('gpg-agent') && hasTool('ar'), 'gpg and ar')
    const { secret, fingerprint } = makeGpgKey(scratch(), 'signer', PASSPHRASE)
    const scene = makeScene(scratch(), { settings: { sign: { deb: fingerprint } } }, { dependencies: [] })
    const env = { GIFTWRAP_GPG_KEY: secret, GIFTWRAP_GPG_PASSPHRASE: PASSPHRASE }
    const { code, stdout, stderr } = await scene.build(['-d'], { env })
    expect(code).toBe(0)
    const [deb = ''] = debsOf(scene.output)
    const members = execFileSync('ar', ['t', deb], { encoding: 'utf8' }).trim().split('\n')
    expect(members).toEqual([
      'debian-binary',
      expect.stringMatching(/^control/),
      expect.stringMatching(/^data/),
      '_gpgorigin',
    ])
    // What is told of the package is told of the signed one.
    expect(readResultFile(scene.output).packages[0]?.sha256).toBe(await sha256File(deb))
    const log = readFileSync(join(legFolder(scene.output), 'build.log'), 'utf8')
    for (const text of [stdout, stderr, log]) {
      expect(text).not.toContain(PASSPHRASE)
      expect(text).not.toContain('PRIVATE KEY')
    }
    const again = await scene.build([], { env })
    expect(again.stderr).toMatch(/package .*reused/)
  })

  it('without its key is an error before anything is built', async () => {
    const scene = makeScene(scratch(), { settings: { sign: { deb: 'ABCDEF0123456789' } } }, { dependencies: [] })
    const { code, stderr } = await scene.build()
    expect(code).toBe(2)
    expect(stderr).toContain('settings.sign names the key "ABCDEF0123456789" for deb, and GIFTWRAP_GPG_KEY is not set.')
    expect(existsSync(scene.output)).toBe(false)
  })
})
