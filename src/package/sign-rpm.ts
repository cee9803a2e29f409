import { constants } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { type Keyring, neededTool } from './keyring.js'

/** Makes `signed`, a copy of an rpm whose header rpmsign has signed, and has rpm check it with the public key alone. */
export async function signRpm(
  file: string,
  signed: string,
  keyring: Keyring,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const rpmsign = await neededTool('rpmsign', 'rpm-sign (Debian: rpm)', ports)
  const { env } = keyring
  await copyFile(file, signed, constants.COPYFILE_EXCL)
  await ports.exec.run({ argv: [rpmsign, ...rpmsignOptions(keyring), '--addsign', signed], env }, log)

  const database = join(keyring.home, 'rpmdb')
  const publicKey = join(keyring.home, 'public.asc')
  await mkdir(database)
  const exported = { argv: [keyring.gpg, '--armor', '--export', keyring.fingerprint], env }
  await writeFile(publicKey, (await ports.exec.run(exported)).stdout)
  const rpmkeys = ['rpmkeys', '--dbpath', database]
  await ports.exec.run({ argv: [...rpmkeys, '--import', publicKey], env }, log)
  // Without the level a package without any signature passes.
  const check = ['--define', '_pkgverify_level signature', '--checksig', signed]
  await ports.exec.run({ argv: [...rpmkeys, ...check], env }, log)
}

/** What rpmsign has to know; a site's own macros say otherwise at times. */
export function rpmsignOptions({
  gpg,
  home,
  fingerprint,
}: Pick<Keyring, 'gpg' | 'home' | 'fingerprint'>): readonly string[] {
  // Debian's rpm looks for `gpg2`.
  const macros = { __gpg: gpg, _gpg_path: home, _gpg_name: fingerprint }
  return Object.entries(macros).flatMap(([name, value]) => ['--define', `${name} ${value.replaceAll('%', '%%')}`])
}
