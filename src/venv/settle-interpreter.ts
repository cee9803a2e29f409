import { lstat, readdir, readlink, realpath, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import type { Interpreter } from './interpreter.js'

/**
 * A virtualenv that a manifest's own command has made links some Python; it has to be the one that the package depends
 * on, by its own name: `/usr/bin/python3` is another one after an upgrade of the distribution.
 */
export async function settleInterpreter(project: string, tree: string, interpreter: Interpreter): Promise<void> {
  const wrong = (message: string) =>
    new InputError({
      message: `${project}: venv_command ${message}`,
      hint: `Have it make one of ${interpreter.path}, e.g. virtualenv --python ${interpreter.path} .`,
    })
  const bin = join(tree, 'bin')
  const names: readonly string[] = await readdir(bin).catch(() => [])
  if (!names.includes('python')) throw wrong(`made no virtualenv in the install path: there is no bin/python.`)
  for (const name of names.filter((one) => /^python[\d.]*$/.test(one))) {
    const path = join(bin, name)
    if (!(await lstat(path)).isSymbolicLink()) throw wrong(`made bin/${name} a file, not a link to an interpreter.`)
    const target = await readlink(path)
    if (!target.startsWith('/')) continue
    const reached = await realpath(target).catch(() => target)
    if (reached !== interpreter.path) throw wrong(`made bin/${name} a link to ${target}, which is ${reached}.`)
    await rm(path)
    await symlink(interpreter.path, path)
  }
  const site = join(tree, 'lib', `python${interpreter.minor}`, 'site-packages')
  if (!(await lstat(site).catch(() => undefined))?.isDirectory()) {
    throw wrong(`made no lib/python${interpreter.minor}/site-packages.`)
  }
}
