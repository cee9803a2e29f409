import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { InputError, type Problem } from '../errors.js'
import type { Project } from '../manifest/read-manifest.js'
import type { Leg } from '../plan/plan.js'

/** Scripts and units are texts of a few lines. */
const MAX_BYTES = 1024 * 1024

type Script = NonNullable<Project['scripts']['after_install']>
type Service = Project['services'][number]
type PlaceOf = (index: number, key: string) => Omit<Problem, 'message'>

/**
 * The legs with the texts of the files that scripts and services name, so that a plan is whole without them. Throws an
 * `InputError` with all files that can't be read, and all services that say nothing or two things of what they run.
 */
export async function withOwnFiles<L extends Leg>(
  legs: readonly L[],
  folder: string,
  placeOf: PlaceOf = () => ({}),
): Promise<readonly L[]> {
  const problems = new Map<string, Problem>()
  const settled: L[] = []
  for (const leg of legs) {
    const { index, project } = leg
    const add = (key: string, message: string, hint?: string) => {
      const what = `${project.name}: ${message}`
      problems.set(what, { ...placeOf(index, key), message: what, ...(hint === undefined ? {} : { hint }) })
    }
    const read = async (key: string, file: string) => {
      const text = await textOf(join(folder, file))
      if (typeof text === 'string') return text
      add(key, `${file} of ${key} ${text.problem}.`)
      return ''
    }
    const scripts: [string, Script][] = []
    for (const [phase, script] of Object.entries(project.scripts)) {
      if (script === undefined) continue
      const { text, file } = script
      if ((text === undefined) === (file === undefined)) {
        add('scripts', `the script ${phase} needs one of text and file.`)
      } else scripts.push([phase, { text: text ?? (await read('scripts', file ?? '')) }])
    }
    const services: Service[] = []
    for (const service of project.services) services.push(await settleService(service, add, read))
    settled.push({ ...leg, project: { ...project, scripts: Object.fromEntries(scripts), services } })
  }
  if (problems.size > 0) throw new InputError([...problems.values()])
  return settled
}

async function settleService(
  service: Service,
  add: (key: string, message: string, hint?: string) => void,
  read: (key: string, file: string) => Promise<string>,
): Promise<Service> {
  const { file, text, command } = service
  const name = service.name ?? (file === undefined ? undefined : basename(file))
  const ways = [file, text, command].filter((way) => way !== undefined)
  if (name === undefined) add('services', 'a service has no name.', 'A service with a file has that of the file.')
  if (ways.length !== 1) add('services', `the service ${name ?? ''} needs one of command, file and text.`)
  if (command !== undefined) return { ...service, name }
  const own = [service.user, service.group, ...Object.keys(service.environment)].some((value) => value !== undefined)
  if (own)
    add('services', `the unit of ${name} says itself what it runs as; user, group and environment are not for it.`)
  const { file: _, ...rest } = service
  return { ...rest, name, text: text ?? (await read('services', file ?? '')) }
}

/** The text, or what is wrong with the file; ends a sentence. */
async function textOf(path: string): Promise<string | { readonly problem: string }> {
  try {
    const file = await open(path)
    try {
      const status = await file.stat()
      if (!status.isFile()) return { problem: 'is no file' }
      if (status.size > MAX_BYTES) return { problem: `has more than ${MAX_BYTES} bytes` }
      const text = await file.readFile('utf8')
      return text.includes('\0') ? { problem: 'is no text' } : text
    } finally {
      await file.close()
    }
  } catch (error) {
    return { problem: `can't be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}
