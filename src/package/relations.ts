import { InputError } from '../errors.js'
import type { PackageFormat } from './model.js'

/** One package, with a version or not. */
interface Relation {
  readonly name: string
  readonly operator?: Operator
  readonly version?: string
}

type Operator = '<' | '<=' | '=' | '>=' | '>'

/** Debian's words for strictly earlier and later; its `<` and `>` are old words for `<=` and `>=` that nobody means. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  ...{ '<<': '<', '<': '<', '<=': '<=', '=': '=', '==': '=', '>=': '>=', '>': '>', '>>': '>' },
}

const RELATION =
  /^(?<name>[^\s<>=|]+?)\s*(?:\(\s*(?<op>[<>=]{1,2})\s*(?<version>[^\s()<>=]+)\s*\)|(?<op2>[<>=]{1,2})\s*(?<version2>[^\s()<>=]+))?$/

/** https://www.debian.org/doc/debian-policy/ch-controlfields.html#source, with an architecture or not. */
const DEBIAN_NAME = /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?$/

/**
 * A relation of the manifest, `name`, `name (>= 1.0)` or `name >= 1.0`, in a format's own spelling; `a | b` where the
 * format has alternatives. Throws an `InputError` for what the format can't hold.
 */
export function spellRelation(text: string, format: PackageFormat): string {
  const alternatives = text.split('|').map((part) => parseRelation(part.trim(), text))
  if (alternatives.length > 1 && format !== 'deb') {
    throw new InputError({
      message: `the relation ${JSON.stringify(text)} has alternatives, which ${format} packages can't.`,
      hint: 'Name one package for this target, by a mapping of platforms or an override.',
    })
  }
  return alternatives.map((relation) => spell(relation, format)).join(' | ')
}

function parseRelation(part: string, whole: string): Relation {
  const groups = RELATION.exec(part)?.groups
  const operator = groups?.op ?? groups?.op2
  const version = groups?.version ?? groups?.version2
  if (groups?.name === undefined || (operator !== undefined && OPERATORS[operator] === undefined)) {
    throw new InputError({
      message: `the relation ${JSON.stringify(whole)} can't be read.`,
      hint: 'Write it like `name`, `name >= 1.0` or `name (>= 1.0)`.',
    })
  }
  const known = operator === undefined ? undefined : OPERATORS[operator]
  return known === undefined || version === undefined
    ? { name: groups.name }
    : { name: groups.name, operator: known, version }
}

function spell({ name, operator, version }: Relation, format: PackageFormat): string {
  if (format === 'deb') {
    if (!DEBIAN_NAME.test(name)) throw new InputError({ message: `no Debian package can be called ${name}.` })
    if (operator === undefined) return name
    const word = operator === '<' ? '<<' : operator === '>' ? '>>' : operator
    return `${name} (${word} ${version})`
  }
  if (operator === undefined) return name
  return format === 'rpm' ? `${name} ${operator} ${version}` : `${name}${operator}${version}`
}

/** What a package needs of the distribution to have the interpreter that its virtualenv links. */
export function interpreterRelations(python: string, format: PackageFormat): string[] {
  switch (format) {
    case 'deb':
      return [`python${python}`]
    case 'rpm':
      return [`python(abi) = ${python}`]
    case 'apk':
      return [`python3~${python}`]
    case 'archlinux': {
      const [major = '3', minor = '0'] = python.split('.')
      return [`python>=${python}`, `python<${major}.${Number(minor) + 1}`]
    }
    case 'tar':
      return []
  }
}
