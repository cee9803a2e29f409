import { join } from 'node:path'
import type { Packager } from '../package/make-package.js'
import type { PinnedLeg } from '../plan/plan.js'
import type { Ports } from '../runtime/ports.js'
import { type Checkout, checkout } from '../source/checkout.js'
import type { LegRecord } from './leg-record.js'
import type { Toolbox } from './toolbox.js'

/** What several stages of a leg may need: each is made, as a stage of its own, when it is first asked for. */
export interface OnDemand {
  source(): Promise<Checkout>
  uv(): Promise<string>
  packager(): Promise<Packager>
}

export function onDemand(leg: PinnedLeg, work: string, toolbox: Toolbox, ports: Ports, record: LegRecord): OnDemand {
  let source: Promise<Checkout> | undefined
  let uv: Promise<string> | undefined
  return {
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
    packager: () =>
      record.stage('tools', async () => {
        const { packager, cached } = await toolbox.packager(leg.packager.name, leg.settings.fpm_options, record.log)
        return { value: packager, use: cached ? 'reused' : 'made' }
      }),
  }
}
