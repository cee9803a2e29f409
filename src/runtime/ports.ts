import type { Environment } from './environment.js'
import type { Exec } from './exec.js'
import type { Fetch } from './fetch.js'
import type { Reporter } from './reporter.js'
import type { ToolCache } from './tool-cache.js'

/** All that a command needs of the world outside; made once, at the edge. */
export interface Ports {
  readonly exec: Exec
  readonly fetch: Fetch
  readonly cache: ToolCache
  readonly reporter: Reporter
  readonly environment: Environment
}
