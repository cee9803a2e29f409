import type { Environment } from './environment.js'
import { nodeExec } from './node-exec.js'
import { nodeFetch } from './node-fetch.js'
import { OFFLINE } from './offline.js'
import type { Ports } from './ports.js'
import type { Reporter } from './reporter.js'
import { toolCache, withoutLookups } from './tool-cache.js'

/** How a run uses the world outside. */
export interface PortsManner {
  /** No network: caches and files only. */
  readonly offline?: boolean
  /** What was looked up before is looked up again. */
  readonly noCache?: boolean
}

/** The ports of a real run. */
export function nodePorts(environment: Environment, reporter: Reporter, manner: PortsManner = {}): Ports {
  // Whatever umask the caller has, files in packages have the modes of every other build.
  process.umask(0o022)
  const { offline = false, noCache = false } = manner
  const cache = toolCache(environment.cacheRoot)
  return {
    exec: nodeExec(environment.variables, (line) => reporter.debug(`$ ${line}`), offline),
    fetch: offline ? OFFLINE : nodeFetch(environment.variables),
    cache: noCache ? withoutLookups(cache) : cache,
    reporter,
    environment,
  }
}
