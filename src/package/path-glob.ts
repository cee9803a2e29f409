import { InputError } from '../errors.js'
import { compileGlob } from '../runtime/glob.js'

/** True for a path that stands for itself. */
export function isPlainPath(glob: string): boolean {
  return !/[*?[\]{}\\]/.test(glob)
}

/**
 * A glob over absolute paths: `**` is any number of folders, the rest is of one part of a path as in globs over leg ids.
 * Throws an `InputError` for one that is no glob.
 */
export function pathGlob(glob: string): (path: string) => boolean {
  const parts = glob.split('/').map((part) => {
    if (part === '**') return part
    if (part === '') return (text: string) => text === ''
    const test = compileGlob(part)
    if (typeof test === 'string') throw new InputError({ message: `the glob ${JSON.stringify(glob)} ${test}.` })
    return test
  })
  return (path) => {
    // Which of the glob's parts may come next: each part of the path is looked at once for each of them.
    let next = new Set([0])
    const skipped = (at: Set<number>) => {
      for (const index of at) if (parts[index] === '**') at.add(index + 1)
      return at
    }
    for (const text of path.split('/')) {
      const after = new Set<number>()
      for (const index of skipped(next)) {
        const part = parts[index]
        if (part === '**') after.add(index)
        else if (part?.(text)) after.add(index + 1)
      }
      next = after
    }
    return skipped(next).has(parts.length)
  }
}
