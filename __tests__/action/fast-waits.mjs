// Preloaded into the action's process: what waits about a second or more waits a twentieth.
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'

const SPEED = 20
const shorter = (ms) => (ms >= 600 ? ms / SPEED : ms)

const later = globalThis.setTimeout
globalThis.setTimeout = (callback, ms, ...rest) => later(callback, shorter(ms), ...rest)

const wait = timers.setTimeout
timers.setTimeout = (ms, ...rest) => wait(shorter(ms), ...rest)
syncBuiltinESMExports()

const timeout = AbortSignal.timeout
AbortSignal.timeout = (ms) => timeout.call(AbortSignal, shorter(ms))
