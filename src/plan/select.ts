import { InputError, NothingToDoError } from '../errors.js'
import { compileGlob } from '../runtime/glob.js'

const MAX_SHOWN = 20

/** The legs of the projects of `-p a,b`; an unknown name is an error that shows the known ones. */
export function selectProjects<L extends { readonly project: { readonly name: string } }>(
  legs: readonly L[],
  names: readonly string[] | undefined,
): readonly L[] {
  if (names === undefined) return legs
  const known = new Set(legs.map(({ project }) => project.name))
  const unknown = names.filter((name) => !known.has(name))
  if (unknown.length > 0) {
    throw new InputError(
      unknown.map((name) => ({
        message: `no project of the manifest is called ${JSON.stringify(name)}.`,
        hint: `Its projects: ${shorten([...known])}.`,
      })),
    )
  }
  return legs.filter(({ project }) => names.includes(project.name))
}

/** Globs over leg ids (`*`, `?`, `[a-z]`, `{a,b}`). */
export interface LegGlobs {
  readonly only?: string | undefined
  readonly skip?: string | undefined
}

/** The legs that `--only` picks and `--skip` doesn't; none is an error of its own kind. */
export function selectLegs<L extends { readonly id: string }>(legs: readonly L[], globs: LegGlobs): readonly L[] {
  const only = globTest('--only', globs.only)
  const skip = globTest('--skip', globs.skip)
  const picked = only === undefined ? legs : legs.filter(({ id }) => only(id))
  if (picked.length === 0) {
    throw new NothingToDoError(
      `--only ${globs.only ?? '*'} picks none of the legs: ${shorten(legs.map(({ id }) => id))}`,
    )
  }
  const selected = skip === undefined ? picked : picked.filter(({ id }) => !skip(id))
  if (selected.length === 0) {
    throw new NothingToDoError(
      `--skip ${globs.skip ?? ''} leaves none of the legs: ${shorten(legs.map(({ id }) => id))}`,
    )
  }
  return selected
}

function globTest(option: string, glob: string | undefined): ((id: string) => boolean) | undefined {
  if (glob === undefined) return undefined
  const test = compileGlob(glob)
  if (typeof test !== 'string') return test
  const shown = glob.length > 60 ? `${glob.slice(0, 60)}…` : glob
  throw new InputError({ message: `${option} ${JSON.stringify(shown)} ${test}.` })
}

function shorten(words: readonly string[]): string {
  const more = words.length - MAX_SHOWN
  return more > 0 ? `${words.slice(0, MAX_SHOWN).join(', ')}, … (${more} more)` : words.join(', ')
}
