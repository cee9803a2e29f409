import { rename, rm } from 'node:fs/promises'
import { InputError } from '../errors.js'
import { partialPath } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { withKeyring } from './keyring.js'
import { signApk } from './sign-apk.js'
import { signDeb } from './sign-deb.js'
import { signRpm } from './sign-rpm.js'

export type SignedFormat = 'deb' | 'rpm' | 'apk'

/** A key that signs, and what opens it; never to be logged, nor given to a tool as an argument. */
export interface SigningKey {
  /** As `settings.sign` names it: an id, fingerprint or address for OpenPGP, the public key's name for apk. */
  readonly id: string
  /** An OpenPGP key or several, or an RSA key in PEM. */
  readonly secret: Buffer
  /** Empty where the key has none. */
  readonly passphrase: string
}

/** Where secrets come from: packages of Debian's and rpm's formats are signed by OpenPGP, Alpine's by RSA. */
export const KEY_VARIABLES: Readonly<Record<SignedFormat, { readonly key: string; readonly passphrase: string }>> = {
  deb: { key: 'GIFTWRAP_GPG_KEY', passphrase: 'GIFTWRAP_GPG_PASSPHRASE' },
  rpm: { key: 'GIFTWRAP_GPG_KEY', passphrase: 'GIFTWRAP_GPG_PASSPHRASE' },
  apk: { key: 'GIFTWRAP_APK_KEY', passphrase: 'GIFTWRAP_APK_PASSPHRASE' },
}

/** The key that signs a format's packages; an InputError where the environment doesn't hold it. */
export function signingKey(
  format: SignedFormat,
  id: string,
  variables: Readonly<Record<string, string | undefined>>,
): SigningKey {
  const names = KEY_VARIABLES[format]
  const text = variables[names.key]?.trim() ?? ''
  if (text === '') {
    throw new InputError({
      message: `settings.sign names the key ${JSON.stringify(id)} for ${format}, and ${names.key} is not set.`,
      hint: `Give the secret key in the environment: ${names.key}, and ${names.passphrase} where it has a passphrase.`,
    })
  }
  // Stores of secrets that hold one line only get keys in base64.
  const secret = text.includes('-----BEGIN ') ? Buffer.from(`${text}\n`) : Buffer.from(text, 'base64')
  return { id, secret, passphrase: (variables[names.passphrase] ?? '').replace(/[\r\n]+$/, '') }
}

/**
 * Signs a finished package: a signed copy is made beside it, its signature is checked, and it takes the package's place.
 * Signatures of OpenPGP hold the time when they were made: of signed packages only the contents are reproducible.
 */
export async function signPackage(
  format: SignedFormat,
  file: string,
  key: SigningKey,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const signed = partialPath(file)
  try {
    if (format === 'apk') await signApk(file, signed, key)
    else {
      const sign = format === 'deb' ? signDeb : signRpm
      await withKeyring(
        key,
        KEY_VARIABLES[format].key,
        (keyring) => sign(file, signed, keyring, ports, log),
        ports,
        log,
      )
    }
    await rename(signed, file)
  } finally {
    await rm(signed, { force: true })
  }
}
