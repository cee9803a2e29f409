import type { Environment } from './environment.js'
import { nodeExec } from './node-exec.js'
import { nodeFetch } from './node-fetch.js'
import type { Ports } from './ports.js'
import type { Reporter } from './reporter.js'
import { toolCache } from './tool-cache.js'

/** The ports of a real run. */
export function nodePorts(environment: Environment, reporter: Reporter): Ports {
  // Whatever umask the caller has, files in packages have the modes of every other build.
  process.umask(0o022)
  return {
    exec: nodeExec(environment.variables, (line) => reporter.debug(`$ ${line}`)),
    fetch: nodeFetch(environment.variables),
    cache: toolCache(environment.cacheRoot),
    reporter,
    environment,
  }
}
