import { basename, isAbsolute, relative, resolve } from 'node:path'
import type { Problem } from '../errors.js'

/** What an option of fpm takes, and what comes of it that nothing but the option asks for. */
interface Rule {
  readonly takes: 'nothing' | 'text' | 'file'
  /** Members of the package's control archive, beside control, md5sums and conffiles. */
  readonly members?: readonly string[] | 'of its name'
  /** A field of the control file. */
  readonly field?: string | 'of its name'
}

const TEXT: Rule = { takes: 'text' }
const FLAG: Rule = { takes: 'nothing' }
const script = (...members: string[]): Rule => ({ takes: 'file', members })
const field = (name: string): Rule => ({ takes: 'text', field: name })
const TRIGGERS: Rule = { takes: 'text', members: ['triggers'] }

/** All options that `fpm_options` may have; what else fpm knows, giftwrap decides. Source: fpm 1.18.0. */
export const FPM_OPTIONS: Readonly<Record<string, Rule>> = {
  '--before-install': script('preinst'),
  '--after-install': script('postinst'),
  '--before-remove': script('prerm'),
  '--after-remove': script('postrm'),
  '--before-upgrade': script('preinst'),
  '--after-upgrade': script('postinst'),
  '--pre-install': script('preinst'),
  '--post-install': script('postinst'),
  '--pre-uninstall': script('prerm'),
  '--post-uninstall': script('postrm'),
  '--template-scripts': FLAG,
  '--template-value': TEXT,
  '--deb-maintainerscripts-force-errorchecks': FLAG,
  '--deb-config': script('config'),
  '--deb-templates': script('templates'),
  '--deb-meta-file': { takes: 'file', members: 'of its name' },
  '--deb-interest': TRIGGERS,
  '--deb-interest-noawait': TRIGGERS,
  '--deb-activate': TRIGGERS,
  '--deb-activate-noawait': TRIGGERS,
  // Without scripts of its own fpm adds two that run ldconfig.
  '--deb-shlibs': { takes: 'text', members: ['shlibs', 'postinst', 'postrm'] },
  '--deb-changelog': { takes: 'file' },
  '--deb-upstream-changelog': { takes: 'file' },
  '--deb-dist': TEXT,
  '--category': field('Section'),
  '--deb-priority': field('Priority'),
  '--provides': field('Provides'),
  '--conflicts': field('Conflicts'),
  '--replaces': field('Replaces'),
  '--deb-pre-depends': field('Pre-Depends'),
  '--deb-recommends': field('Recommends'),
  '--deb-suggests': field('Suggests'),
  '--deb-build-depends': field('Build-Depends'),
  '--deb-field': { takes: 'text', field: 'of its name' },
  '--deb-installed-size': TEXT,
  '--deb-compression-level': TEXT,
  '--verbose': FLAG,
  '--debug': FLAG,
  '--log': TEXT,
}

/** What the manifest has in place of options that are refused. */
const INSTEAD: Readonly<Record<string, string>> = {
  '--name': 'package_name',
  '--version': 'version',
  '--iteration': 'iteration',
  '--maintainer': 'maintainer',
  '--vendor': 'vendor',
  '--url': 'homepage',
  '--license': 'license',
  '--depends': 'system_dependencies',
  '--prefix': 'install_path',
}

/** One option; a path is as it was written. */
export interface FpmOption {
  readonly name: string
  readonly value: string | undefined
  readonly rule: Rule
}

/** Reads the words of `fpm_options`; those that are refused are problems. */
export function readFpmOptions(words: readonly string[]): { options: readonly FpmOption[]; problems: Problem[] } {
  const options: FpmOption[] = []
  const problems: Problem[] = []
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    const [, name = word, joined] = /^(--[^=]+)=(.*)$/s.exec(word) ?? []
    const rule = Object.hasOwn(FPM_OPTIONS, name) ? FPM_OPTIONS[name] : undefined
    if (rule === undefined) {
      problems.push(refused(name))
      // What it takes is no option of its own.
      while (index + 1 < words.length && !words[index + 1]?.startsWith('-')) index += 1
      continue
    }
    if (rule.takes === 'nothing') {
      if (joined !== undefined) problems.push({ message: `fpm_options: ${name} takes no value.` })
      options.push({ name, value: undefined, rule })
      continue
    }
    const value = joined ?? words[index + 1]
    if (joined === undefined) index += 1
    if (value === undefined) problems.push({ message: `fpm_options: ${name} lacks its value.` })
    else options.push({ name, value, rule })
  }
  return { options, problems }
}

function refused(name: string): Problem {
  if (!name.startsWith('-')) return { message: `fpm_options: ${JSON.stringify(name)} is no option.` }
  const instead = Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined
  const hint =
    instead === undefined
      ? 'docs/fpm-options.md lists the options that may be given.'
      : `Use ${instead} of the manifest.`
  return { message: `fpm_options: ${name} may not be given, as giftwrap decides it or could not check it.`, hint }
}

/** The options as words for fpm. */
export function fpmWords(options: readonly FpmOption[]): string[] {
  return options.flatMap(({ name, value }) => (value === undefined ? [name] : [name, value]))
}

/** The files that options name. */
export function fpmFiles(options: readonly FpmOption[]): string[] {
  return options.flatMap(({ value, rule }) => (rule.takes === 'file' && value !== undefined ? [value] : []))
}

/** The same options with the paths of their files taken from a folder. */
export function fpmOptionsFrom(folder: string, options: readonly FpmOption[]): FpmOption[] {
  return withFiles(options, (path) => resolve(folder, path))
}

/** The same options with the paths of their files as they are seen from a folder. */
export function fpmOptionsSeenFrom(folder: string, options: readonly FpmOption[]): FpmOption[] {
  return withFiles(options, (path) => (isAbsolute(path) ? relative(folder, path) : path))
}

function withFiles(options: readonly FpmOption[], change: (path: string) => string): FpmOption[] {
  return options.map((option) => {
    const { value, rule } = option
    return rule.takes === 'file' && value !== undefined ? { ...option, value: change(value) } : option
  })
}

/** What options put into a package beyond its model. */
export interface Additions {
  /** Members of the control archive, e.g. `postinst`. */
  readonly members: readonly string[]
  /** Control fields; the value is what the option says. */
  readonly fields: Readonly<Record<string, string>>
  /** True where scripts are templates, of which only fpm knows what comes. */
  readonly templated: boolean
}

export const NO_ADDITIONS: Additions = { members: [], fields: {}, templated: false }

/** Options that change the texts of scripts. */
const TEMPLATING: readonly string[] = ['--template-scripts', '--deb-maintainerscripts-force-errorchecks']

export function additionsOf(words: readonly string[]): Additions {
  const members = new Set<string>()
  const fields: Record<string, string> = {}
  const { options } = readFpmOptions(words)
  for (const { value = '', rule } of options) {
    for (const member of rule.members === 'of its name' ? [basename(value)] : (rule.members ?? [])) members.add(member)
    if (rule.field === undefined) continue
    const [, name = value, text = ''] = /^([^:]*): *(.*)$/s.exec(value) ?? []
    if (rule.field === 'of its name') fields[name] = text
    else fields[rule.field] = value
  }
  const templated = options.some(({ name }) => TEMPLATING.includes(name))
  return { members: [...members], fields, templated }
}
