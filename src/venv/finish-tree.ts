import { join } from 'node:path'
import type { CommandOutput } from '../runtime/exec.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { shipBytecode } from './bytecode.js'
import type { CompileContext } from './compile.js'
import type { PlacedCommand } from './install-lock.js'
import type { Interpreter } from './interpreter.js'
import { keepSource } from './keep-source.js'
import { removeSources } from './sourceless.js'
import { removeThirdPartyTests } from './third-party-tests.js'

/** What is shipped of the sources of a project and its dependencies. */
export interface Shipped {
  readonly sources: 'drop' | 'keep' | 'bytecode'
  /** `install` is the package's work: nothing of it is in the tree. */
  readonly bytecode: 'install' | 'ship' | 'none'
  readonly thirdPartyTests: 'keep' | 'drop'
}

/** Brings what is installed into the form in which it is shipped. */
export async function shipSources(
  shipped: Shipped,
  project: {
    readonly installPath: string
    readonly interpreter: Interpreter
    /** The name of the project's Python distribution. */
    readonly distribution: string
    readonly source: { readonly folder: string; readonly kind: 'git' | 'sdist' | 'path' }
  },
  tree: string,
  work: string,
  run: (command: PlacedCommand) => Promise<CommandOutput>,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const { installPath, interpreter, distribution, source } = project
  const below = join('lib', `python${interpreter.minor}`, 'site-packages')
  const site = join(tree, below)
  if (shipped.thirdPartyTests === 'drop') {
    const gone = removeThirdPartyTests(site, distribution)
    log.write(`tests removed: ${gone.join(', ') || 'there are none'}\n`)
  }
  const context: CompileContext = { site: join(installPath, below), interpreter, work, run }
  if (shipped.sources === 'bytecode') await removeSources(site, context)
  if (shipped.bytecode === 'ship') await shipBytecode(site, context)
  if (shipped.sources === 'keep') await keepSource(source, join(tree, 'src'), ports, log)
}
