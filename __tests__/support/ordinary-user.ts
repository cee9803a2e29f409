import type { TestContext } from 'vitest'
import { canMount } from './mounts.js'
import { hasTool, need } from './requirements.js'

/** A user id that nobody has. */
export const ORDINARY_USER = 12345

/** Words in front of a command that is to be run by an ordinary user. */
export const AS_ORDINARY_USER = [
  'setpriv',
  `--reuid=${ORDINARY_USER}`,
  `--regid=${ORDINARY_USER}`,
  '--clear-groups',
] as const

export function needRoot(context: TestContext): void {
  need(context, process.getuid?.() === 0, 'root')
  need(context, canMount(), 'private mount namespaces')
}

/** Root can become an ordinary user, who has namespaces. */
export function needOrdinaryUser(context: TestContext): void {
  need(context, process.getuid?.() === 0, 'root, to become somebody else')
  need(context, hasTool('setpriv'), 'setpriv')
  const unshare = [...AS_ORDINARY_USER, 'unshare', '--user', '--map-root-user', '--mount']
  need(context, canMount(unshare), 'user namespaces for ordinary users')
}
