import type { Machine } from '../plan/make-legs.js'
import type { Ports } from '../runtime/ports.js'
import { readOsRelease } from '../system/os-release.js'
import { fpmAtHand } from '../tools/fpm.js'

/** The machine that this run is on, as the plan wants to know it. */
export async function describeMachine(
  fpmGems: string | undefined,
  provisioned: boolean,
  ports: Ports,
): Promise<Machine> {
  return {
    release: await readOsRelease(),
    processor: process.arch,
    fpm: { atHand: await fpmAtHand(ports, fpmGems), provisioned },
  }
}
