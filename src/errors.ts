/** One thing that is wrong with what the user gave, and where it stands. */
export interface Problem {
  readonly message: string
  /** What to do about it; one sentence. */
  readonly hint?: string
  readonly file?: string
  /** Counted from 1. */
  readonly line?: number
  /** Counted from 1. */
  readonly column?: number
}

/** `file:line:column: message (hint)`, with the parts that are known. */
export function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':')
  const text = problem.hint === undefined ? problem.message : `${problem.message}\n    ${problem.hint}`
  return place === '' ? text : `${place}: ${text}`
}

/** The base of every error that giftwrap expects; what is not one is a bug of ours (exit code 1). */
export abstract class GiftwrapError extends Error {
  abstract readonly exitCode: 2 | 3 | 4 | 5
}

/** The manifest or an input is wrong: nothing was built, nothing was written. */
export class InputError extends GiftwrapError {
  readonly exitCode = 2
  readonly problems: readonly Problem[]

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const list = 'message' in problems ? [problems] : problems
    super(list.map(formatProblem).join('\n'), options)
    this.name = 'InputError'
    this.problems = list
  }
}

/** The selection is valid and empty. */
export class NothingToDoError extends GiftwrapError {
  readonly exitCode = 3
  override readonly name = 'NothingToDoError'
}

/** A foreign tool failed, or what it made is not what it was asked for. */
export class ToolError extends GiftwrapError {
  readonly exitCode = 4
  override readonly name = 'ToolError'
  /** The tool's own exit code, where it ended by itself. */
  readonly status: number | undefined
  /** It was ended because it took too long. */
  readonly timedOut: boolean
  /** All that the tool said on standard error, as far as it is kept. */
  readonly output: string

  constructor(
    message: string,
    options?: ErrorOptions & { readonly status?: number; readonly timedOut?: boolean; readonly output?: string },
  ) {
    super(message, options)
    this.status = options?.status
    this.output = options?.output ?? ''
    this.timedOut = options?.timedOut ?? false
  }
}

/** The build is done but its results could not be handed over. */
export class UploadError extends GiftwrapError {
  readonly exitCode = 5
  override readonly name = 'UploadError'
}

/** Several failures told as one: what is wrong with the input, all of it; else how many `of` what failed. */
export function joinErrors(failures: readonly GiftwrapError[], of: string): GiftwrapError | undefined {
  if (failures.length < 2) return failures[0]
  const inputs = failures.filter((failure) => failure instanceof InputError)
  if (inputs.length === failures.length)
    return new InputError(inputs.flatMap(({ problems }) => problems).toSorted(byPlace))
  return new ToolError(`${failures.length} of ${of} failed:\n${failures.map(({ message }) => message).join('\n')}`)
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return (a.file ?? '') < (b.file ?? '') ? -1 : 1
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}

/** Errors of the system that the user can do something about. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is no folder',
  EMFILE: 'too many files are open',
}

/** What a command may end with: its own errors, and the system's that are no bug of ours; undefined for a bug. */
export function expectedError(error: unknown): GiftwrapError | undefined {
  if (error instanceof GiftwrapError) return error
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const words = SYSTEM_ERRORS[String(error.code)]
  if (words === undefined) return undefined
  const path = 'path' in error ? String(error.path) : 'a file'
  return new InputError({ message: `${path} can't be used: ${words}.` }, { cause: error })
}
