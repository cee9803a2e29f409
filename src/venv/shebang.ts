import { posix } from 'node:path'

/** Kernels before 5.1 read as many bytes of a script's first line, with its `#!`. */
const LONGEST = 127
const PYTHON = /^(?:python|pypy|jython)[\d.]*$/
/** What uv and pip write where a path is too long for a first line: `sh` starts the interpreter. */
const TRAMPOLINE = /^'''exec' (?:'([^']*)'|"([^"]*)"|(\S+)) "\$0" "\$@"/

/**
 * What is wrong with the first lines of a script in a tree's `bin` (as latin1), when the tree is at `installPath`; undefined for what
 * is no script or a good one. Python runs by the tree's own interpreter; other languages are the system's.
 */
export function checkShebang(head: string, installPath: string): string | undefined {
  const [first = '', second = ''] = head.split('\n', 2)
  if (!first.startsWith('#!')) return undefined
  if (first.length > LONGEST) return `its first line has ${first.length} bytes, and kernels read ${LONGEST}`
  const words = first
    .slice(2)
    .trim()
    .split(/[ \t]+/)
  const [program = ''] = words
  if (!program.startsWith('/')) return `its interpreter ${JSON.stringify(program)} has no path`
  const [, single, double, plain] = TRAMPOLINE.exec(second) ?? []
  const target = posix.basename(program) === 'env' ? words.slice(1).find((word) => !/^-|=/.test(word)) : program
  const interpreter = single ?? double ?? plain ?? target ?? program
  const isOwn = posix.dirname(interpreter) === posix.join(installPath, 'bin')
  if (isOwn && PYTHON.test(posix.basename(interpreter))) return undefined
  if (isOwn || PYTHON.test(posix.basename(interpreter)) || interpreter.startsWith(`${installPath}/`)) {
    return `is run by ${interpreter}, not by the Python of ${installPath}`
  }
  return undefined
}
