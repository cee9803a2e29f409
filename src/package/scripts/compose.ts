import { InputError } from '../../errors.js'
import { type PackageModel, PHASES, type Phase } from '../model.js'
import type { Lines } from './snippets.js'

/** What formats call by different names; a format has those that its scripts give. */
export type Slot =
  | 'preinstall'
  | 'postinstall'
  | 'preremove'
  | 'postremove'
  | 'preupgrade'
  | 'postupgrade'
  | 'posttransaction'

/** Whole scripts, each with its `#!` line. */
export type Scripts = Readonly<Partial<Record<Slot, string>>>

/** Scripts of those slots that have something to do: the manifest's own as functions, and lines that may call them. */
export function composeScripts(model: PackageModel, slots: Readonly<Partial<Record<Slot, Lines>>>): Scripts {
  return Object.fromEntries(
    Object.entries(slots).flatMap(([slot, lines]) => (lines.length === 0 ? [] : [[slot, script(model, lines)]])),
  )
}

function script(model: PackageModel, lines: Lines): string {
  const called = PHASES.filter((phase) => lines.some((line) => line.trim() === callOf(phase)))
  const functions = called.flatMap((phase) => functionOf(phase, model.scripts[phase] ?? ''))
  return ['#!/bin/sh', 'set -e', '', ...functions, ...lines, ''].join('\n')
}

/** In a shell of its own: what a script of the manifest sets or exits from is its own affair. */
function functionOf(phase: Phase, text: string): string[] {
  const shebang = /^#!\s*(\S+(?:[ \t]+\S+)?)/.exec(text)?.[1]
  if (shebang !== undefined && !/^(?:\/usr)?\/bin\/(?:sh|env[ \t]+sh)$|^(?:\/usr)?\/bin\/sh[ \t]+-e$/.test(shebang)) {
    throw new InputError({
      message: `the script ${phase} of ${JSON.stringify(shebang)} can't be part of a package's own, which run by sh.`,
      hint: 'Write it for sh, or have it call a program of the package.',
    })
  }
  return [`${phase}() (`, ':', ...text.replace(/\n+$/, '').split('\n'), ')', '']
}

function callOf(phase: Phase): string {
  return `${phase} "$@"`
}

/** The call of a script of the manifest; nothing where there is none. */
export function call(model: PackageModel, phase: Phase): string[] {
  return model.scripts[phase] === undefined ? [] : [callOf(phase)]
}
