import { readFile } from 'node:fs/promises'
import { InputError } from '../errors.js'
import { fpmWords, readFpmOptions } from '../tools/fpm-options.js'
import type { FormattedPackage } from './formatted.js'
import type { Slot } from './scripts/compose.js'

/** The slot of each option of fpm that names a script, and when the script runs once there is one for upgrades. */
const OPTIONS: Readonly<Record<string, { readonly slot: Slot; readonly upgrade?: true }>> = {
  '--before-install': { slot: 'preinstall' },
  '--pre-install': { slot: 'preinstall' },
  '--before-upgrade': { slot: 'preinstall', upgrade: true },
  '--after-install': { slot: 'postinstall' },
  '--post-install': { slot: 'postinstall' },
  '--after-upgrade': { slot: 'postinstall', upgrade: true },
  '--before-remove': { slot: 'preremove' },
  '--pre-uninstall': { slot: 'preremove' },
  '--after-remove': { slot: 'postremove' },
  '--post-uninstall': { slot: 'postremove' },
}

/** When fpm runs scripts of a package that has some for upgrades; without, they run whenever the slot does. */
const CONDITIONS: Readonly<Record<'deb' | 'rpm', Readonly<Record<string, readonly [string, string]>>>> = {
  deb: {
    preinstall: ['[ "$1" = install ]', '[ "$1" = upgrade ]'],
    postinstall: ['[ "$1" = configure ] && [ -z "$2" ]', '[ "$1" = configure ] && [ -n "$2" ]'],
    preremove: ['[ "$1" = remove ]', 'false'],
    postremove: ['[ "$1" = remove ]', 'false'],
  },
  rpm: {
    preinstall: ['[ "$1" -eq 1 ]', '[ "$1" -gt 1 ]'],
    postinstall: ['[ "$1" -eq 1 ]', '[ "$1" -gt 1 ]'],
    preremove: ['[ "$1" -eq 0 ]', 'false'],
    postremove: ['[ "$1" -eq 0 ]', 'false'],
  },
}

/** The words of `fpm_options` without those that name scripts. */
export function withoutScripts(words: readonly string[]): string[] {
  return fpmWords(readFpmOptions(words).options.filter(({ name }) => !Object.hasOwn(OPTIONS, name)))
}

/** The package with the scripts that `fpm_options` name after its own, as fpm takes one script for each slot. */
export async function withFpmScripts(found: FormattedPackage, words: readonly string[]): Promise<FormattedPackage> {
  const { format } = found
  const given = readFpmOptions(words).options.flatMap(({ name, value }) => {
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined
    return option === undefined || value === undefined ? [] : [{ ...option, name, file: value }]
  })
  if (given.length === 0 || (format !== 'deb' && format !== 'rpm')) return found
  const byEvent = given.some(({ upgrade }) => upgrade)
  const scripts: Partial<Record<Slot, string>> = { ...found.scripts }
  for (const { name, slot, upgrade, file } of given) {
    const text = await readFile(file, 'utf8')
    if (
      /^#!/.test(text) &&
      !/^#!\s*(?:\/usr)?\/bin\/(?:sh|env[ \t]+sh)(?:[ \t]+-e)?[ \t]*$/m.test(text.split('\n')[0] ?? '')
    ) {
      throw new InputError({
        message: `fpm_options: the file of ${name} is no script of sh, and has to be part of the package's own.`,
        hint: 'Write it for sh, or have it call a program of the package.',
      })
    }
    const own = `fpm_${name.slice(2).replaceAll('-', '_')}`
    const [first = 'true', later = 'true'] = CONDITIONS[format][slot] ?? []
    const call = byEvent ? `if ${upgrade ? later : first}; then ${own} "$@"; fi` : `${own} "$@"`
    const start = scripts[slot] ?? '#!/bin/sh\nset -e\n'
    scripts[slot] = `${start}\n${own}() (\n:\n${text.replace(/\n+$/, '')}\n)\n${call}\n`
  }
  return { ...found, scripts }
}
