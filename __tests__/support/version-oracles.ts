import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from './scratch.js'

export type Pair = readonly [string, string]

/** -1, 0 or 1 for each pair, as a program says them in lines. */
function ordersOf(stdout: string): number[] {
  return stdout.trim().split('\n').map(Number)
}

function pairsFile(pairs: readonly Pair[]): string {
  const file = join(scratch(), 'pairs')
  writeFileSync(file, pairs.map((pair) => `${pair.join(' ')}\n`).join(''))
  return file
}

/** A Python that has `packaging`. */
export const PYTHON_WITH_PACKAGING = ['/usr/bin/python3', 'python3'].find(
  (python) => spawnSync(python, ['-c', 'import packaging.version']).status === 0,
)

/** The order of PEP 440, by Python's packaging. */
export function pep440Orders(pairs: readonly Pair[]): number[] {
  const program = `
import sys
from packaging.version import Version
for line in open(sys.argv[1]):
    a, b = map(Version, line.split())
    print((a > b) - (a < b))
`
  const python = PYTHON_WITH_PACKAGING ?? 'python3'
  return ordersOf(execFileSync(python, ['-c', program, pairsFile(pairs)], { encoding: 'utf8' }))
}

/** `dpkg --compare-versions`, one process a comparison, in one shell. */
export function dpkgOrders(pairs: readonly Pair[]): number[] {
  const program = `while read -r a b; do
  if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi
done < "$1"`
  return ordersOf(execFileSync('sh', ['-c', program, 'sh', pairsFile(pairs)], { encoding: 'utf8' }))
}

export function rpmOrders(pairs: readonly Pair[]): number[] {
  // What several prints give has no line breaks between them.
  const program = `local orders = {}
for line in io.lines('${pairsFile(pairs)}') do
  local a, b = line:match('(%S+) (%S+)')
  table.insert(orders, rpm.vercmp(a, b))
end
print(table.concat(orders, '\\n'))`
  return ordersOf(execFileSync('rpm', ['--eval', `%{lua:${program}}`], { encoding: 'utf8' }))
}

export function libalpmOrders(pairs: readonly Pair[]): number[] {
  const program = 'while read -r a b; do vercmp "$a" "$b"; done < "$1"'
  return ordersOf(execFileSync('sh', ['-c', program, 'sh', pairsFile(pairs)], { encoding: 'utf8' }))
}

const APK_SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p']
/** In the order in which apk ranks the kinds of what may come next. */
const APK_KINDS = ['number', 'letter', 'suffix', 'suffix number', 'end'] as const

interface ApkToken {
  readonly kind: (typeof APK_KINDS)[number]
  readonly value: number
}

/** The tokens of a version without `~hash` and `-r`; a number after a dot that begins with zeros counts them. */
function apkTokens(version: string): ApkToken[] {
  const tokens: ApkToken[] = []
  const pattern = /(?<dot>\.?)(?<number>\d+)|(?<letter>[a-z](?=_|$))|_(?<suffix>[a-z]+)(?<of>\d*)/y
  while (pattern.lastIndex < version.length) {
    const found = pattern.exec(version)?.groups
    if (found === undefined) throw new Error(`${version} is no version of apk`)
    const { dot, number, letter, suffix, of } = found
    if (number !== undefined) {
      const zeros = dot === '.' ? (/^0+/.exec(number)?.[0].length ?? 0) : 0
      if (zeros > 0) tokens.push({ kind: 'number', value: -zeros })
      if (zeros < number.length) tokens.push({ kind: 'number', value: Number(number) })
    } else if (letter !== undefined) tokens.push({ kind: 'letter', value: letter.charCodeAt(0) })
    else if (suffix !== undefined) {
      const rank = APK_SUFFIXES.indexOf(suffix)
      if (rank < 0) throw new Error(`apk knows no _${suffix}`)
      tokens.push({ kind: 'suffix', value: rank - APK_SUFFIXES.indexOf('') })
      if (of) tokens.push({ kind: 'suffix number', value: Number(of) })
    }
  }
  return [...tokens, { kind: 'end', value: 0 }]
}

/** What apk-tools' version.c does, told in other words: no apk-tools can be had where tests run. */
export function apkOrder([a, b]: Pair): number {
  const [left, right] = [apkTokens(a), apkTokens(b)]
  for (let index = 0; ; index += 1) {
    const one = left[index]
    const two = right[index]
    if (one === undefined || two === undefined) return 0
    if (one.kind === two.kind) {
      if (one.value !== two.value) return one.value < two.value ? -1 : 1
      continue
    }
    if (one.kind === 'suffix' && one.value < 0) return -1
    if (two.kind === 'suffix' && two.value < 0) return 1
    return APK_KINDS.indexOf(one.kind) > APK_KINDS.indexOf(two.kind) ? -1 : 1
  }
}
