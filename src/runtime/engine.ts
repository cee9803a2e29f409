import { InputError, ToolError } from '../errors.js'
import type { Environment } from './environment.js'
import type { Command, CommandOutput, Exec } from './exec.js'
import type { LogFile } from './log-file.js'
import { isOfGoneProcess, processMark } from './process-mark.js'
import { which } from './which.js'

export const ENGINES = ['docker', 'podman'] as const
export type EngineName = (typeof ENGINES)[number]

/** What the engine knows of an image that it has. */
export interface EngineImage {
  /** `sha256:…`: of the image's configuration. */
  readonly id: string
  /** `<repository>@sha256:…`, where the image came from a registry or went to one. */
  readonly digests: readonly string[]
  /** In Debian's words, which are the engines' too: `amd64`. */
  readonly architecture: string
  readonly environment: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Bytes of all layers. */
  readonly size: number
}

/** A container to be made. Nothing of it passes through a shell. */
export interface ContainerSpec {
  readonly image: string
  readonly argv: readonly string[]
  readonly entrypoint?: string
  /** `none` where it is not said: a container sees the network only if it needs it. */
  readonly network?: 'none' | 'host' | 'bridge'
  readonly mounts?: readonly ContainerMount[]
  readonly env?: Readonly<Record<string, string>>
  readonly workdir?: string
  /** `<uid>` or `<uid>:<gid>`; the image's own where it is not said. */
  readonly user?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Further words of `docker create`, e.g. limits of memory and processors. */
  readonly options?: readonly string[]
}

/** Absolute paths, that of the host first. */
export interface ContainerMount {
  readonly source: string
  readonly target: string
  readonly readOnly?: boolean
}

/** A container that runs; it ends with the work that it was made for. */
export interface Container {
  readonly name: string
  /** Runs one more command in it. */
  exec(command: ContainerCommand, log?: LogFile): Promise<CommandOutput>
}

export type ContainerCommand = Pick<Command, 'argv' | 'timeoutSeconds'> &
  Pick<ContainerSpec, 'env' | 'user' | 'workdir'>

/** Docker, or what takes its words. */
export interface Engine {
  readonly name: EngineName
  /** Of the machine that containers run on, in Debian's words. */
  readonly architecture: string
  /** The image, undefined where the engine doesn't have it. */
  findImage(reference: string): Promise<EngineImage | undefined>
  /** The image, pulled where the engine doesn't have it for the architecture; an `InputError` where that can't be. */
  image(reference: string, architecture: string, log?: LogFile): Promise<EngineImage>
  /** Runs a container to its end; it is removed whatever becomes of it. */
  run(spec: ContainerSpec, how?: { readonly timeoutSeconds?: number }, log?: LogFile): Promise<CommandOutput>
  /** Starts a container whose own command waits, for as long as `work` takes; it is removed whatever becomes of it. */
  withContainer<T>(spec: ContainerSpec, work: (container: Container) => Promise<T>, log?: LogFile): Promise<T>
  /** Any other of the engine's commands, e.g. `build`, `commit`, `save`. */
  command(words: readonly string[], how?: Omit<Command, 'argv'>, log?: LogFile): Promise<CommandOutput>
  /** Removes containers of runs that were killed, and of no others; gives their names. */
  removeAbandoned(): Promise<readonly string[]>
}

/** The label of every container that giftwrap makes; its value says which process has to remove it. */
export const OWNER_LABEL = 'giftwrap.owner'

const PULL_SECONDS = 1800
const INSPECT_SECONDS = 60
const REMOVE_SECONDS = 60

/** The engine of this machine: the one that is wished for, or the first that answers. An `InputError` says why none does. */
export async function findEngine(
  wish: EngineName | 'auto',
  ports: { readonly exec: Exec; readonly environment: Environment },
): Promise<Engine> {
  const names = wish === 'auto' ? ENGINES : [wish]
  const failures: string[] = []
  for (const name of names) {
    if ((await which(name, ports.environment)) === undefined) continue
    try {
      return await connect(name, ports.exec)
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      failures.push(whyNot(name, error.output))
    }
  }
  if (failures.length > 0) throw new InputError(failures.map((message) => ({ message })))
  throw new InputError({
    message: `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} not on this machine's PATH.`,
    hint: 'Install a container engine, or build on the target itself: --runner host.',
  })
}

function whyNot(name: EngineName, output: string): string {
  if (/permission denied|access is denied|EACCES/i.test(output)) {
    return `${name} is there, but this user may not use it: join the group of its socket, or run it without root (rootless).`
  }
  if (/cannot connect|connection refused|no such file|is the docker daemon running|not running/i.test(output)) {
    return `${name} is there, but its service doesn't answer: start it, or say where it is (DOCKER_HOST, CONTAINER_HOST).`
  }
  return `${name} is there, but doesn't work: ${output.trim().split('\n').at(-1) ?? ''}`
}

/** Engines name processors as the kernel does. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' }

async function connect(name: EngineName, exec: Exec): Promise<Engine> {
  const format = name === 'docker' ? '{{.Architecture}}' : '{{.Host.Arch}}'
  const { stdout } = await exec.run({ argv: [name, 'info', '--format', format], timeoutSeconds: INSPECT_SECONDS })
  const word = stdout.trim()
  // Without a server the client of docker prints an empty line, and the trouble on standard error.
  if (word === '') throw new ToolError(`${name} info said nothing`, { output: 'cannot connect' })
  return engine(name, ARCHITECTURES[word] ?? word, exec)
}

function engine(name: EngineName, architecture: string, exec: Exec): Engine {
  const command: Engine['command'] = (words, how = {}, log) => exec.run({ ...how, argv: [name, ...words] }, log)

  async function findImage(reference: string): Promise<EngineImage | undefined> {
    try {
      const { stdout } = await command(['image', 'inspect', reference], { timeoutSeconds: INSPECT_SECONDS })
      return readImage(stdout)
    } catch (error) {
      if (error instanceof ToolError && /no such image|not known|unable to find/i.test(error.output)) return undefined
      throw error
    }
  }

  async function inContainer<T>(spec: ContainerSpec, work: (name: string) => Promise<T>, log?: LogFile): Promise<T> {
    const mark = processMark()
    // Named before it is made: an interrupted `create` may have made it all the same.
    const container = `giftwrap-${mark}`
    try {
      await command(createWords(spec, container, mark), {}, log)
      return await work(container)
    } finally {
      await remove([container])
    }
  }

  async function remove(containers: readonly string[]): Promise<void> {
    const words = ['rm', '--force', '--volumes', ...containers]
    try {
      await command(words, { cleanup: true, timeoutSeconds: REMOVE_SECONDS })
    } catch (error) {
      // What was never made needs no removal; what can't be removed now is by the next run.
      if (!(error instanceof ToolError)) throw error
    }
  }

  return {
    name,
    architecture,
    command,
    findImage,
    async image(reference, wanted, log) {
      const there = await findImage(reference)
      if (there !== undefined && there.architecture === wanted) return there
      try {
        const words = ['pull', '--platform', `linux/${wanted}`, reference]
        await command(words, { timeoutSeconds: PULL_SECONDS }, log)
      } catch (error) {
        if (!(error instanceof ToolError)) throw error
        throw new InputError(
          {
            message: `the image ${reference} for ${wanted} is not here and can't be pulled: ${lastLine(error.output)}`,
            hint: `Pull or load it by hand (${name} pull, ${name} load), or name another image of the target in the manifest.`,
          },
          { cause: error },
        )
      }
      const pulled = await findImage(reference)
      if (pulled?.architecture === wanted) return pulled
      throw new InputError({
        message: `the image ${reference} is for ${pulled?.architecture ?? 'nothing known'}, not for ${wanted}.`,
        hint: 'Name an image that has this architecture in the manifest.',
      })
    },
    run(spec, how = {}, log) {
      return inContainer(spec, (container) => command(['start', '--attach', container], how, log), log)
    },
    withContainer(spec, work, log) {
      return inContainer(
        spec,
        async (container) => {
          await command(['start', container], { timeoutSeconds: REMOVE_SECONDS }, log)
          return work({
            name: container,
            exec: ({ argv, timeoutSeconds, ...how }, log) =>
              command(
                ['exec', ...placeWords(how), container, ...argv],
                timeoutSeconds === undefined ? {} : { timeoutSeconds },
                log,
              ),
          })
        },
        log,
      )
    },
    async removeAbandoned() {
      const format = `{{.Names}} {{.Label "${OWNER_LABEL}"}}`
      const words = ['ps', '--all', '--filter', `label=${OWNER_LABEL}`, '--format', format]
      const { stdout } = await command(words, { timeoutSeconds: INSPECT_SECONDS })
      const abandoned = stdout.split('\n').flatMap((line) => {
        const [container = '', mark = ''] = line.trim().split(' ')
        return container !== '' && isOfGoneProcess(mark) ? [container] : []
      })
      if (abandoned.length > 0) await remove(abandoned)
      return abandoned
    },
  }
}

/** The words of `create` for a container; pure. */
export function createWords(spec: ContainerSpec, name: string, owner: string): string[] {
  const { image, argv, entrypoint, network = 'none', mounts = [], labels = {}, options = [] } = spec
  return [
    'create',
    ...['--name', name],
    ...Object.entries({ ...labels, [OWNER_LABEL]: owner }).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    // A first process that reaps its children and hands signals on.
    '--init',
    ...['--network', network],
    ...mounts.flatMap((mount) => ['--mount', mountWord(mount)]),
    ...placeWords(spec),
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    ...options,
    image,
    ...argv,
  ]
}

function placeWords({ env = {}, user, workdir }: Pick<ContainerSpec, 'env' | 'user' | 'workdir'>): string[] {
  return [
    ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...(user === undefined ? [] : ['--user', user]),
    ...(workdir === undefined ? [] : ['--workdir', workdir]),
  ]
}

/** The engines read this word as a line of CSV. */
function mountWord({ source, target, readOnly = false }: ContainerMount): string {
  const fields = ['type=bind', `source=${source}`, `target=${target}`, ...(readOnly ? ['readonly'] : [])]
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')
}

function readImage(text: string): EngineImage | undefined {
  const [image] = JSON.parse(text) as {
    Id?: string
    RepoDigests?: string[] | null
    Architecture?: string
    Size?: number
    Config?: { Env?: string[] | null; Labels?: Record<string, string> | null } | null
  }[]
  if (image?.Id === undefined) return undefined
  return {
    id: image.Id.startsWith('sha256:') ? image.Id : `sha256:${image.Id}`,
    digests: image.RepoDigests ?? [],
    architecture: image.Architecture ?? '',
    environment: image.Config?.Env ?? [],
    labels: image.Config?.Labels ?? {},
    size: image.Size ?? 0,
  }
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? 'no reason was given'
}
