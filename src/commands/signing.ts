import { type SignedFormat, type SigningKey, signingKey, signPackage } from '../package/sign.js'
import type { Leg } from '../plan/plan.js'
import type { PackageFormat } from '../plan/targets.js'
import type { Environment } from '../runtime/environment.js'
import type { LegContext } from './leg-context.js'
import type { LegRecord } from './leg-record.js'

/** The key of each format that is signed. */
export type SigningKeys = ReadonlyMap<PackageFormat, { readonly format: SignedFormat; readonly key: SigningKey }>

const SIGNED: readonly SignedFormat[] = ['deb', 'rpm', 'apk']

/** The keys that the leg's formats are to be signed with; an InputError where the environment lacks one. */
export function signingKeys({ settings, formats }: Leg, variables: Environment['variables']): SigningKeys {
  const wanted = SIGNED.flatMap((format) => {
    const id = settings.sign?.[format]
    return id === undefined || !formats.includes(format)
      ? []
      : [[format, { format, key: signingKey(format, id, variables) }] as const]
  })
  return new Map(wanted)
}

/** What signs a finished package of a format; undefined where it stays unsigned. */
export function signerOf(
  format: PackageFormat,
  keys: SigningKeys,
  { ports }: LegContext,
  { log }: LegRecord,
): ((file: string) => Promise<void>) | undefined {
  const found = keys.get(format)
  return found && ((file) => signPackage(found.format, file, found.key, ports, log))
}
