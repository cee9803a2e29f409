import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InputError, type Problem, ToolError } from '../errors.js'
import { exists } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'

/** A patch as it was when its source was pinned: a build needs the pin alone. */
export interface PinnedPatch {
  /** As the manifest has it, relative to its folder. */
  readonly path: string
  readonly sha256: string
  /** The file in base64. */
  readonly content: string
}

/** 8 MiB: a patch becomes part of a plan. */
const MAX_BYTES = 8 << 20

/** Reads patches; `directory` is the manifest's. */
export async function pinPatches(
  paths: readonly string[],
  directory: string,
  place: Omit<Problem, 'message'>,
): Promise<PinnedPatch[]> {
  return Promise.all(
    paths.map(async (path) => {
      const bytes = await readFile(join(directory, path)).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new InputError({ ...place, message: `the patch ${path} can't be read: ${reason}` }, { cause })
      })
      if (bytes.length > MAX_BYTES) {
        throw new InputError({ ...place, message: `the patch ${path} is larger than ${MAX_BYTES >> 20} MiB.` })
      }
      return { path, sha256: sha256(bytes), content: bytes.toString('base64') }
    }),
  )
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * Applies patches to a checkout, in order, by `git apply`. In a repository git then takes the patched tree for that of
 * the commit: files that a patch adds are tracked ones, which build backends list, and nothing is "dirty", which some
 * make another version of.
 */
export async function applyPatches(
  patches: readonly PinnedPatch[],
  folder: string,
  project: string,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  if (patches.length === 0) return
  // Without a repository of its own, a folder inside of another one would have all patches skipped, silently.
  const outside = { GIT_CEILING_DIRECTORIES: dirname(folder) }
  const git: Git = (words, env = {}) =>
    ports.exec.run({ argv: ['git', '-C', folder, ...words], env: { ...outside, ...env } }, log)
  const work = `${folder}.patches`
  await mkdir(work, { recursive: true })
  const files: string[] = []
  for (const [index, patch] of patches.entries()) {
    const bytes = Buffer.from(patch.content, 'base64')
    if (sha256(bytes) !== patch.sha256) {
      throw new InputError({ file: patch.path, message: 'the patch is not the one that was pinned.' })
    }
    const file = join(work, `${index}.diff`)
    await writeFile(file, bytes)
    await git(applyCommand(file)).catch((error: unknown) => {
      throw refused(patch, project, error)
    })
    files.push(file)
  }
  if (await exists(join(folder, '.git'))) await settleInHistory(files, work, git)
}

type Git = (words: readonly string[], env?: Readonly<Record<string, string>>) => Promise<{ readonly stdout: string }>

/** The words after `git` that apply a patch to the files, or with `--cached` to git's index. */
export function applyCommand(file: string, ...options: readonly string[]): readonly string[] {
  return ['apply', '--whitespace=nowarn', ...options, '--', file]
}

/** What git says of a patch that does not apply: `error: patch failed: keystone/x.py:12` and the like. */
function refused(patch: PinnedPatch, project: string, error: unknown): unknown {
  if (!(error instanceof ToolError) || error.status === undefined) return error
  const reasons = error.message.split('\n').flatMap((line) => /^\s*error: (.*)$/.exec(line)?.[1] ?? [])
  return new InputError(
    {
      file: patch.path,
      message: `the patch does not apply to the source of ${project}: ${reasons.join('; ') || 'git apply failed'}.`,
      hint: 'Make it anew for this version, or leave it out.',
    },
    { cause: error },
  )
}

/**
 * A replacement object (git-replace) for HEAD: the same commit with the patched tree, so its name and tags stay. A local
 * folder whose own changes are in the way, or without a commit, has no clean version to keep.
 */
async function settleInHistory(files: readonly string[], work: string, git: Git): Promise<void> {
  const index = { GIT_INDEX_FILE: join(work, 'index') }
  try {
    await git(['read-tree', 'HEAD'], index)
    for (const file of files) await git(applyCommand(file, '--cached'), index)
    for (const file of files) await git(applyCommand(file, '--cached'))
  } catch (error) {
    if (error instanceof ToolError && error.status !== undefined) return
    throw error
  }
  const tree = (await git(['write-tree'], index)).stdout.trim()
  const commit = (await git(['cat-file', 'commit', 'HEAD'])).stdout
  const file = join(work, 'commit')
  await writeFile(file, commit.replace(/^tree [0-9a-f]+/, `tree ${tree}`))
  const replacement = (await git(['hash-object', '-t', 'commit', '-w', '--', file])).stdout.trim()
  await git(['replace', '--force', 'HEAD', replacement])
}
