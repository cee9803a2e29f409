import picomatch from 'picomatch'
import { InputError, NothingToDoError } from '../errors.js'

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
        hint: `Its projects: ${[...known].join(', ')}.`,
      })),
    )
  }
  return legs.filter(({ project }) => names.includes(project.name))
}

/** The legs whose ids the glob picks (`*`, `?`, `[a-z]`, `{a,b}`); none is an error of its own kind. */
export function selectLegs<L extends { readonly id: string }>(
  legs: readonly L[],
  only: string | undefined,
): readonly L[] {
  if (only === undefined) return legs
  const picks = picomatch(only)
  const selected = legs.filter(({ id }) => picks(id))
  if (selected.length === 0) {
    throw new NothingToDoError(`--only ${only} picks none of the legs: ${legs.map(({ id }) => id).join(', ')}`)
  }
  return selected
}
