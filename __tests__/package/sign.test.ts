import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it, type TestContext } from 'vitest'
import { InputError, ToolError } from '../../src/errors.js'
import { type SignedFormat, type SigningKey, signingKey, signPackage } from '../../src/package/sign.js'
import { rpmsignOptions } from '../../src/package/sign-rpm.js'
import { logFile } from '../../src/runtime/log-file.js'
import { hasTool, need } from '../support/requirements.js'
import { lazy, scratch, sharedScratch } from '../support/scratch.js'
import { makeByNfpm, makeGpgKey, makeRsaKey } from '../support/signing.js'
import { testPorts } from '../support/test-ports.js'

const PASSPHRASE = 'open-sesame-5f0c'
const keys = sharedScratch()
const key = lazy(() => makeGpgKey(keys, 'signer', PASSPHRASE))
const other = lazy(() => makeGpgKey(keys, 'other', ''))
const rsa = lazy(() => makeRsaKey(PASSPHRASE))

const gpgKey = (id: string): SigningKey =>
  signingKey('deb', id, { GIFTWRAP_GPG_KEY: key().secret, GIFTWRAP_GPG_PASSPHRASE: PASSPHRASE })
const apkKey = (id: string): SigningKey =>
  signingKey('apk', id, { GIFTWRAP_APK_KEY: rsa().secret, GIFTWRAP_APK_PASSPHRASE: PASSPHRASE })

function needGpg(context: TestContext): void {
  need(context, hasTool('gpg') && hasTool('gpg-agent'), 'gpg')
}

function needDebsig(context: TestContext): void {
  needGpg(context)
  need(context, hasTool('debsig-verify') && hasTool('ar'), 'debsig-verify, or ar')
}

/** Signs; gives all that was logged and what was left in memory. */
async function signed(format: SignedFormat, file: string, by: SigningKey): Promise<string> {
  const log = join(scratch(), 'log')
  const ports = testPorts()
  await signPackage(format, file, by, ports, logFile(log))
  const text = `${readFileSync(log, { encoding: 'utf8', flag: 'a+' })}${ports.lines.join('\n')}`
  for (const secret of [PASSPHRASE, 'PRIVATE KEY']) expect(text).not.toContain(secret)
  return text
}

/** Turns one bit of a file around. */
function tamper(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(file, bytes)
}

describe('a signed deb', () => {
  const debsig = (file: string, fingerprint: string, publicKey: string) => {
    const folder = scratch()
    const id = fingerprint.slice(-16)
    const [policies, rings] = [join(folder, 'policies'), join(folder, 'rings')]
    for (const path of [policies, rings]) mkdirSync(join(path, id), { recursive: true })
    execFileSync('gpg', ['--batch', '--dearmor', '--output', join(rings, id, 'ring.gpg')], {
      input: publicKey,
      stdio: 'pipe',
    })
    const required = `<Required Type="origin" File="ring.gpg" id="${id}"/>`
    writeFileSync(
      join(policies, id, 'p.pol'),
      `<?xml version="1.0"?><!DOCTYPE Policy SYSTEM "https://www.debian.org/debsig/1.0/policy.dtd">
<Policy xmlns="https://www.debian.org/debsig/1.0/"><Origin Name="x" id="${id}" Description="x"/>
<Selection>${required}</Selection><Verification MinOptional="0">${required}</Verification></Policy>`,
    )
    return spawnSync('debsig-verify', ['--policies-dir', policies, '--keyrings-dir', rings, file], { encoding: 'utf8' })
      .status
  }

  it.for(['gzip', 'xz', 'zstd', 'none'])(
    'with %s passes debsig-verify, and fails it tampered with or by another key',
    async (compression, context) => {
      needDebsig(context)
      const folder = scratch()
      const file = await makeByNfpm(folder, 'deb', { deb: { compression } })
      const unsigned = readFileSync(file)
      await signed('deb', file, gpgKey(key().fingerprint))
      expect(debsig(file, key().fingerprint, key().public)).toBe(0)
      expect(debsig(file, other().fingerprint, other().public)).not.toBe(0)
      // dpkg takes it, and nothing but the new member has changed.
      expect(execFileSync('dpkg-deb', ['--field', file, 'Package'], { encoding: 'utf8' })).toBe('small\n')
      expect(readFileSync(file).subarray(0, unsigned.length).equals(unsigned)).toBe(true)
      const members = execFileSync('ar', ['t', file], { encoding: 'utf8' }).trim().split('\n')
      expect(members.at(-1)).toBe('_gpgorigin')
      expect(members).toHaveLength(4)
      tamper(file, unsigned.length - 20)
      expect(debsig(file, key().fingerprint, key().public)).not.toBe(0)
    },
  )

  it('has one signature, however often it is signed, also where debsigs signed it', async (context) => {
    needDebsig(context)
    const folder = scratch()
    const file = await makeByNfpm(folder, 'deb')
    writeFileSync(join(folder, '_gpgorigin'), 'odd')
    execFileSync('ar', ['q', file, '_gpgorigin'], { cwd: folder })
    for (const id of [key().fingerprint.slice(-16), 'signer@localhost.invalid']) await signed('deb', file, gpgKey(id))
    const members = execFileSync('ar', ['t', file], { encoding: 'utf8' }).trim().split('\n')
    expect(members.filter((name) => name === '_gpgorigin')).toHaveLength(1)
    expect(debsig(file, key().fingerprint, key().public)).toBe(0)
    expect(readdirSync(folder).sort()).toEqual(['_gpgorigin', 'content', 'nfpm.json', 'small.deb'])
  })

  it('is not made of what is no deb', async (context) => {
    needGpg(context)
    const folder = scratch()
    const file = join(folder, 'x.deb')
    const good = readFileSync(await makeByNfpm(scratch(), 'deb'))
    for (const bytes of ['', '!<arch>\n', 'x'.repeat(100), good.subarray(0, good.length - 30), good.subarray(0, 100)]) {
      writeFileSync(file, bytes)
      await expect(signed('deb', file, gpgKey(key().fingerprint))).rejects.toThrow(ToolError)
      expect(readFileSync(file).equals(Buffer.from(bytes))).toBe(true)
      expect(readdirSync(folder)).toEqual(['x.deb'])
    }
  })
})

describe('a signed rpm', () => {
  const check = (file: string, publicKey: string) => {
    const folder = scratch()
    writeFileSync(join(folder, 'key'), publicKey)
    const rpmkeys = ['--dbpath', join(folder, 'db')]
    execFileSync('rpmkeys', [...rpmkeys, '--import', join(folder, 'key')], { stdio: 'pipe' })
    const argv = [...rpmkeys, '--define', '_pkgverify_level signature', '-K', file]
    return spawnSync('rpmkeys', argv, { encoding: 'utf8' }).status
  }

  it('passes rpm -K, and fails it unsigned, tampered with or by another key', async (context) => {
    needGpg(context)
    need(context, hasTool('rpmsign'), 'rpmsign')
    const file = await makeByNfpm(scratch(), 'rpm')
    expect(check(file, key().public)).not.toBe(0)
    await signed('rpm', file, gpgKey(key().fingerprint))
    expect(check(file, key().public)).toBe(0)
    expect(check(file, other().public)).not.toBe(0)
    expect(execFileSync('rpm', ['-qp', '--nosignature', file], { encoding: 'utf8' })).toBe('small-1.0-1.x86_64\n')
    tamper(file, readFileSync(file).length - 20)
    expect(check(file, key().public)).not.toBe(0)
  })

  it('is signed by the tools and the home that were chosen, whatever macros a site has', () => {
    expect(rpmsignOptions({ gpg: '/usr/bin/gpg', home: '/tmp/100%', fingerprint: 'ABC' })).toEqual([
      ...['--define', '__gpg /usr/bin/gpg', '--define', '_gpg_path /tmp/100%%', '--define', '_gpg_name ABC'],
    ])
  })

  it('is not made of what is no rpm', async (context) => {
    needGpg(context)
    need(context, hasTool('rpmsign'), 'rpmsign')
    const folder = scratch()
    const file = join(folder, 'x.rpm')
    writeFileSync(file, 'no rpm')
    await expect(signed('rpm', file, gpgKey(key().fingerprint))).rejects.toThrow(ToolError)
    expect(readdirSync(folder)).toEqual(['x.rpm'])
  })
})

describe('a signed apk', () => {
  const GZIP = new RegExp(String.fromCharCode(0x1f, 0x8b, 8, 0), 'g')
  /** The signature as it stands in the package, and what it is of. */
  const segments = (file: string) => {
    const bytes = readFileSync(file)
    const starts = [...bytes.toString('latin1').matchAll(GZIP)].map(({ index }) => index)
    const [first, second, third] = [
      bytes.subarray(0, starts[1]),
      bytes.subarray(starts[1], starts[2]),
      bytes.subarray(starts[2]),
    ]
    const tar = gunzipSync(first)
    return {
      name: tar.toString('latin1', 0, tar.indexOf(0)),
      signature: tar.subarray(512, 768),
      control: second,
      data: third,
      tar,
    }
  }

  it('begins with the signature of its control segment, as nfpm makes it', async () => {
    const folder = scratch()
    const file = await makeByNfpm(folder, 'apk')
    const unsigned = readFileSync(file)
    await signed('apk', file, apkKey('ops@localhost-5f.rsa.pub'))
    const { name, signature, control, data, tar } = segments(file)
    expect(name).toBe('.SIGN.RSA.ops@localhost-5f.rsa.pub')
    expect(tar).toHaveLength(1024)
    expect(Buffer.concat([control, data]).equals(unsigned)).toBe(true)
    expect(verify('RSA-SHA1', control, createPublicKey(rsa().public), signature)).toBe(true)
    expect(
      verify('RSA-SHA1', Buffer.concat([control, Buffer.from('x')]), createPublicKey(rsa().public), signature),
    ).toBe(false)
    expect(
      execFileSync('tar', ['--list', '--gzip', '--file', file], { encoding: 'utf8' }).split('\n').slice(0, 2),
    ).toEqual([name, '.PKGINFO'])

    // nfpm opens no key in PKCS #8 that has a passphrase.
    const opened = createPrivateKey({ key: rsa().secret, passphrase: PASSPHRASE })
    writeFileSync(join(folder, 'key.pem'), opened.export({ type: 'pkcs1', format: 'pem' }))
    const signatureOf = { key_file: join(folder, 'key.pem'), key_name: 'ops@localhost-5f' }
    const theirs = segments(await makeByNfpm(folder, 'apk', { apk: { signature: signatureOf } }))
    expect(theirs.name).toBe(name)
    expect(theirs.signature.equals(signature)).toBe(true)
  })

  it('is the same signed again, and fails its check tampered with', async () => {
    const file = await makeByNfpm(scratch(), 'apk')
    await signed('apk', file, apkKey('ops'))
    const once = readFileSync(file)
    await signed('apk', file, apkKey('ops'))
    expect(readFileSync(file).equals(once)).toBe(true)
    const { control } = segments(file)
    tamper(file, once.indexOf(control) + 30)
    const after = segments(file)
    expect(verify('RSA-SHA1', after.control, createPublicKey(rsa().public), after.signature)).toBe(false)
  })

  it('is not made of what is no apk, nor with a key or name that apk knows nothing of', async () => {
    const folder = scratch()
    const file = await makeByNfpm(folder, 'apk')
    const good = readFileSync(file)
    await expect(signed('apk', file, apkKey('a/b'))).rejects.toThrow(InputError)
    const wrong = [
      { ...apkKey('a'), passphrase: 'wrong' },
      { ...apkKey('a'), secret: Buffer.from('x') },
    ]
    for (const by of wrong)
      await expect(signed('apk', file, by)).rejects.toThrow(/GIFTWRAP_APK_KEY holds no private key/)
    for (const bytes of [
      Buffer.from('x'),
      Buffer.alloc(0),
      good.subarray(0, 50),
      Buffer.concat([good.subarray(0, 10), Buffer.alloc(100)]),
    ]) {
      writeFileSync(file, bytes)
      await expect(signed('apk', file, apkKey('a'))).rejects.toThrow(/no Alpine package/)
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

describe('a key', () => {
  it('has to be in the environment', () => {
    for (const format of ['deb', 'rpm'] as const) {
      expect(() => signingKey(format, 'X', {})).toThrow(/GIFTWRAP_GPG_KEY is not set[\s\S]*GIFTWRAP_GPG_PASSPHRASE/)
    }
    expect(() => signingKey('apk', 'X', { GIFTWRAP_APK_KEY: ' ' })).toThrow(/GIFTWRAP_APK_KEY is not set/)
  })

  it('may be given in base64, as one line', () => {
    const pem = '-----BEGIN X-----\na\n-----END X-----\n'
    for (const text of [pem, Buffer.from(pem).toString('base64')]) {
      expect(signingKey('apk', 'x', { GIFTWRAP_APK_KEY: text, GIFTWRAP_APK_PASSPHRASE: 'p\n' })).toEqual({
        id: 'x',
        secret: Buffer.from(pem),
        passphrase: 'p',
      })
    }
  })

  it('of OpenPGP is refused where it is another one, none, or not opened', async (context) => {
    needGpg(context)
    const file = await makeByNfpm(scratch(), 'deb')
    const before = readFileSync(file)
    const good = gpgKey(key().fingerprint)
    await expect(signed('deb', file, { ...good, id: other().fingerprint })).rejects.toThrow(
      new RegExp(`holds no secret key "${other().fingerprint}"\\.\\s+It holds ${key().fingerprint}`),
    )
    await expect(signed('deb', file, { ...good, secret: Buffer.from('no key') })).rejects.toThrow(InputError)
    await expect(signed('deb', file, { ...good, secret: Buffer.from(key().public) })).rejects.toThrow(
      /public keys only/,
    )
    await expect(signed('deb', file, { ...good, passphrase: 'wrong' })).rejects.toThrow(/[Bb]ad passphrase/)
    const both = Buffer.from(`${key().secret}\n${other().secret}`)
    await expect(signed('deb', file, { ...good, secret: both, id: 'localhost.invalid' })).rejects.toThrow(
      /several keys/,
    )
    expect(readFileSync(file).equals(before)).toBe(true)
    await signed('deb', file, { ...good, secret: Buffer.from(other().secret), passphrase: '', id: 'other' })
  })
})
