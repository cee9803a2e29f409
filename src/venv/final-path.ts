import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { InputError } from '../errors.js'
import { isDisposable } from '../runtime/container.js'
import type { Command } from '../runtime/exec.js'
import type { Ports } from '../runtime/ports.js'

/** How a tree can be built at its final path on this machine. */
export type Placement = 'in-place' | NamespaceKind
export type NamespaceKind = 'root' | 'user-namespace' | 'sudo'

/**
 * In a disposable container (or where the caller says so) directly; elsewhere in a private mount namespace, so that
 * the host's own tree is never touched.
 */
export async function choosePlacement(
  wish: { readonly inPlace: boolean; readonly disposable: boolean },
  ports: Ports,
): Promise<Placement> {
  if (wish.inPlace || wish.disposable || (await isDisposable(ports.environment))) return 'in-place'
  const root = ports.environment.uid === 0
  for (const kind of root ? (['root'] as const) : (['user-namespace', 'sudo'] as const)) {
    if (await canMount(kind, ports)) return kind
  }
  throw new InputError({
    message: 'a virtualenv can not be built at its final path: this machine allows no private mount namespace.',
    hint: root
      ? 'Say --disposable in a container that is thrown away, or --in-place to build in the real folder.'
      : 'Allow user namespaces or sudo without a password, say --in-place to build in the real folder, or use a container with --disposable.',
  })
}

/** The placement in words, after "installed". */
export function describePlacement(placement: Placement): string {
  if (placement === 'in-place') return 'in the real folder'
  return `in a mount namespace of its own (${unshare(placement, '--mount').join(' ')})`
}

/** AppArmor lets `unshare` pass and refuses the mounts, so one is tried. */
async function canMount(kind: NamespaceKind, ports: Ports): Promise<boolean> {
  const argv = [...unshare(kind, '--mount'), 'mount', '--bind', '/proc/self', '/proc/self']
  return ports.exec.run({ argv, timeoutSeconds: 20 }).then(
    () => true,
    () => false,
  )
}

/** The words in front of a command that gets namespaces of its own. */
export function unshare(kind: NamespaceKind, ...namespaces: readonly ('--mount' | '--net')[]): readonly string[] {
  switch (kind) {
    case 'root':
      return ['unshare', ...namespaces]
    case 'user-namespace':
      return ['unshare', '--user', '--map-root-user', ...namespaces]
    case 'sudo':
      return ['sudo', '-n', '-E', 'unshare', ...namespaces]
  }
}

/** A folder that stands in for a real one inside the namespace. */
export interface Stage {
  /** The deepest existing folder above the install path. */
  readonly over: string
  /** What is seen there inside: the real folder's entries, and what the build makes. */
  readonly folder: string
  /** The name in `over` that the build makes; the real one, if any, is not seen. */
  readonly hidden: string
  /** Where the finished tree lies, seen from outside. */
  readonly tree: string
  /** The script that sets up the namespace from inside. */
  readonly script: string
}

/** Prepares a stage below `folder` for a tree at `installPath`. */
export async function prepareStage(installPath: string, folder: string): Promise<Stage> {
  let over = dirname(installPath)
  while (!(await isFolder(over))) over = dirname(over)
  const below = relative(over, installPath)
  const stage = join(folder, 'stage')
  const script = join(folder, 'enter')
  await mkdir(dirname(join(stage, below)), { recursive: true })
  await writeFile(script, ENTER)
  return { over, folder: stage, hidden: below.split(sep)[0] ?? below, tree: join(stage, below), script }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

// Every entry of the real folder is bound again, as other tools may live there (runners keep theirs under /opt).
// "/" itself can't be covered, so there the stage becomes the root.
const ENTER = `set -eu
over=$1 stage=$2 hidden=$3 cwd=$4
shift 4
for real in "$over"/* "$over"/.[!.]* "$over"/..?*; do
  name=\${real##*/}
  [ "$name" != "$hidden" ] || continue
  if [ -L "$real" ]; then
    [ -L "$stage/$name" ] || cp -P "$real" "$stage/$name"
  elif [ -d "$real" ]; then
    mkdir -p "$stage/$name"
    mount --rbind "$real" "$stage/$name"
  elif [ -e "$real" ]; then
    [ -e "$stage/$name" ] || : >"$stage/$name"
    mount --bind "$real" "$stage/$name"
  fi
done
if [ "$over" = / ]; then
  exec chroot "$stage" sh -c 'cd "$1" && shift && exec "$@"' sh "$cwd" "$@"
fi
mount --rbind "$stage" "$over"
cd "$cwd"
exec "$@"
`

/** Who asks for a command. */
export interface Caller {
  readonly uid: number
  readonly gid: number
  readonly path: string
}

/** The command, run where the stage stands at the final path. Nothing of it outlives the command. */
export function inNamespace(
  command: Command & { readonly cwd: string },
  stage: Stage,
  kind: NamespaceKind,
  caller: Caller,
  network: 'network' | 'no network' = 'network',
): Command {
  const { argv, cwd, ...rest } = command
  const script = ['sh', stage.script, stage.over, stage.folder, stage.hidden, cwd]
  const namespaces = network === 'network' ? (['--mount'] as const) : (['--mount', '--net'] as const)
  return { ...rest, argv: [...unshare(kind, ...namespaces), ...script, ...asCaller(kind, command, caller), ...argv] }
}

/** The command without a network, not even to this machine, in the file system as it is. */
export function withoutNetwork(command: Command, kind: NamespaceKind, caller: Caller): Command {
  return { ...command, argv: [...unshare(kind, '--net'), ...asCaller(kind, command, caller), ...command.argv] }
}

/** sudo replaces PATH, and root must not own what the caller builds. */
function asCaller(kind: NamespaceKind, { env }: Command, { uid, gid, path }: Caller): readonly string[] {
  if (kind !== 'sudo') return []
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', 'env', `PATH=${env?.PATH ?? path}`]
}
