import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { GiftwrapError } from '../errors.js'
import type { LockTools } from '../lock/make-lock.js'
import type { Packager } from '../package/make-package.js'
import { packagerOf } from '../plan/choose-packager.js'
import type { PinnedLeg } from '../plan/plan.js'
import type { PackageFormat } from '../plan/targets.js'
import type { Ports } from '../runtime/ports.js'
import { type Checkout, checkout } from '../source/checkout.js'
import { checkoutGit, type LendFolder, pinGit } from '../source/git.js'
import { checkoutSdist, pinSdist } from '../source/sdist.js'
import type { LegRecord } from './leg-record.js'
import type { Toolbox } from './toolbox.js'

/** What several stages of a leg may need: each is made, as a stage of its own, when it is first asked for. */
export interface OnDemand extends LockTools {
  source(): Promise<Checkout>
  packager(format: PackageFormat): Promise<Packager>
}

export function onDemand(leg: PinnedLeg, work: string, toolbox: Toolbox, ports: Ports, record: LegRecord): OnDemand {
  let source: Promise<Checkout> | undefined
  let uv: Promise<string> | undefined
  const overrides = new Map<string, ReturnType<LockTools['override']>>()
  const sdists = new Map<string, Promise<string | undefined>>()
  async function sdist(requirement: string) {
    try {
      const pin = await pinSdist(requirement, ports, record.log)
      const folder = join(work, `sdist-${requirement}`)
      await checkoutSdist(pin, folder, ports, record.log)
      return folder
    } catch (error) {
      // What it needs to be built is then found out when it is built.
      if (error instanceof GiftwrapError) return undefined
      throw error
    }
  }
  async function override(name: string, url: string, commit: string) {
    const lend: LendFolder = async (use) => use(await newFolder(join(work, `override-${name}-lookup`)))
    const pin = await pinGit({ url, ref: commit }, {}, ports.exec, lend, record.log)
    const folder = join(work, `override-${name}`)
    await checkoutGit(pin, folder, ports.exec, record.log)
    return { folder, git: { url, commit: pin.commit, tags: pin.tags } }
  }
  return {
    override(name, url, commit) {
      const known = overrides.get(name) ?? override(name, url, commit)
      overrides.set(name, known)
      return known
    },
    sdist(requirement) {
      const known = sdists.get(requirement) ?? sdist(requirement)
      sdists.set(requirement, known)
      return known
    },
    source() {
      source ??= record.stage('source', async () => {
        const { name, subdirectory } = leg.project
        const from = { pin: leg.source, subdirectory, project: name }
        return { value: await checkout(from, join(work, 'source'), ports, record.log), use: 'made' }
      })
      return source
    },
    uv() {
      uv ??= record.stage('tools', async () => {
        const { path, cached } = await toolbox.uv(record.log)
        return { value: path, use: cached ? 'reused' : 'made' }
      })
      return uv
    },
    packager: (format) =>
      record.stage('tools', async () => {
        const { packager, cached } = await toolbox.packager(
          packagerOf(leg, format),
          leg.settings.fpm_options,
          record.log,
        )
        return { value: packager, use: cached ? 'reused' : 'made' }
      }),
  }
}

async function newFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  return folder
}
