import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError, ToolError } from '../errors.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { withSecretFolder } from '../runtime/secret-folder.js'
import { which } from '../runtime/which.js'
import type { SigningKey } from './sign.js'

/** A home of gpg's that holds one run's keys and is gone after it. */
export interface Keyring {
  readonly gpg: string
  /** The folder, which others can't read. */
  readonly home: string
  /** Of the primary key that was asked for. */
  readonly fingerprint: string
  readonly env: Readonly<Record<string, string>>
}

/** Lends a keyring with the secret keys of the environment variable `variable`. */
export async function withKeyring<T>(
  key: SigningKey,
  variable: string,
  work: (keyring: Keyring) => Promise<T>,
  ports: Ports,
  log: LogFile,
): Promise<T> {
  const gpg = await neededTool('gpg', 'gnupg', ports)
  return withSecretFolder(async (home) => {
    const env = { GNUPGHOME: home, HOME: home }
    const run = (...words: string[]) => ports.exec.run({ argv: [gpg, ...words], env, timeoutSeconds: 60 }, log)
    const secret = join(home, 'secret')
    const passphrase = join(home, 'passphrase')
    await writeFile(passphrase, `${key.passphrase}\n`, { mode: 0o600 })
    // For rpmsign's calls too: nobody is there to be asked.
    const options = [
      'batch',
      'no-tty',
      'no-greeting',
      'quiet',
      'pinentry-mode loopback',
      `passphrase-file ${passphrase}`,
    ]
    await writeFile(join(home, 'gpg.conf'), `${options.join('\n')}\n`)
    try {
      await writeFile(secret, key.secret, { mode: 0o600 })
      await run('--import', secret).catch((cause: unknown) => {
        if (!(cause instanceof ToolError) || cause.status === undefined) throw cause
        throw new InputError({ message: `${variable} holds no OpenPGP key that gpg can read.` }, { cause })
      })
      await rm(secret)
      const fingerprint = await findKey(key.id, variable, run)
      return await work({ gpg, home, fingerprint, env })
    } finally {
      // It ends by itself once its home is gone, but later.
      await ports.exec.run({ argv: ['gpgconf', '--kill', 'gpg-agent'], env }).catch(() => undefined)
    }
  })
}

/** The fingerprint of the one secret key that an id, a fingerprint or an address means. */
async function findKey(
  id: string,
  variable: string,
  run: (...words: string[]) => Promise<{ readonly stdout: string }>,
): Promise<string> {
  const list = async (...which: string[]) => {
    const { stdout } = await run('--list-secret-keys', '--with-colons', ...which)
    return [...stdout.matchAll(/^sec:.*\n(?:(?!sec:|fpr:).*\n)*fpr:(?:[^:]*:){8}([0-9A-F]+):/gm)].map(
      ([, found = '']) => found,
    )
  }
  const [fingerprint, ...others] = await list('--', id).catch(() => [])
  if (fingerprint !== undefined && others.length === 0) return fingerprint
  const found = fingerprint === undefined ? await list() : [fingerprint, ...others]
  throw new InputError({
    message:
      fingerprint === undefined
        ? `${variable} holds no secret key ${JSON.stringify(id)}.`
        : `${variable} holds several keys ${JSON.stringify(id)}.`,
    hint: `It holds ${found.join(', ') || 'public keys only'}: name one of these in settings.sign.`,
  })
}

/** The path of a tool that signing needs. */
export async function neededTool(name: string, packageName: string, ports: Ports): Promise<string> {
  const path = await which(name, ports.environment)
  if (path !== undefined) return path
  throw new InputError({
    message: `signing needs ${name}, which is not on the PATH.`,
    hint: `Install the package ${packageName}, or remove the key from settings.sign.`,
  })
}
