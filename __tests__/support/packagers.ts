import type { TestContext } from 'vitest'
import { type MadePackage, makePackage, type Packager, settlePackage } from '../../src/package/make-package.js'
import type { PackageFormat, PackageModel } from '../../src/package/model.js'
import type { PackageFacts } from '../../src/package/verify.js'
import type { PackagerName } from '../../src/plan/plan.js'
import { fetchTools } from './build-scene.js'
import { testFpm } from './fpm.js'
import { hasTool, need } from './requirements.js'
import { scratch } from './scratch.js'
import { testLog } from './test-log.js'
import { testPorts } from './test-ports.js'

/** All ways to a package. */
export const WAYS = [
  ['deb', 'fpm'],
  ['deb', 'nfpm'],
  ['deb', 'native'],
  ['rpm', 'fpm'],
  ['rpm', 'nfpm'],
  ['rpm', 'native'],
  ['apk', 'nfpm'],
  ['archlinux', 'nfpm'],
  ['tar', 'fpm'],
  ['tar', 'native'],
] as const satisfies readonly (readonly [PackageFormat, PackagerName])[]

/** A packager, once the machine has what it and the reader of its packages need. */
export async function packagerFor(name: PackagerName, format: PackageFormat, context: TestContext): Promise<Packager> {
  if (format === 'deb') need(context, hasTool('dpkg-deb'), 'dpkg-deb')
  if (format === 'rpm' && name !== 'nfpm') need(context, hasTool('rpmbuild'), 'rpmbuild')
  if (format === 'archlinux') need(context, hasTool('zstd'), 'zstd')
  if (name === 'nfpm') return { name, path: (await fetchTools()).nfpm }
  if (name === 'fpm') return { name, fpm: await testFpm(context), options: [] }
  return { name }
}

/** A settled package, in a folder of its own. */
export async function makeAndSettle(
  model: PackageModel,
  format: PackageFormat,
  by: Packager,
  ports = testPorts(),
): Promise<{
  readonly facts: PackageFacts
  readonly folder: string
  readonly path: string
  readonly made: MadePackage
}> {
  const folder = scratch()
  const work = scratch()
  const log = testLog(work)
  const made = await makePackage(model, format, by, { folder, work }, ports, log)
  return { facts: await settlePackage(made, ports, log), folder, path: made.path, made }
}
