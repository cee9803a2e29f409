import { realpath } from 'node:fs/promises'
import { InputError } from '../errors.js'
import type { Exec } from '../runtime/exec.js'

/** The interpreter that a virtualenv links and its package depends on. */
export interface Interpreter {
  /** e.g. `/usr/bin/python3.11`: the distribution's own, its path without links. */
  readonly path: string
  /** e.g. `3.11.2`. */
  readonly version: string
  /** e.g. `3.11`. */
  readonly minor: string
}

const DISTRIBUTION_PYTHON = '/usr/bin/python3'

/** The distribution's Python: others of the PATH (pyenv, conda) are not where the package is installed. */
export async function findInterpreter(exec: Exec): Promise<Interpreter> {
  const path = await realpath(DISTRIBUTION_PYTHON).catch((cause: unknown) => {
    throw new InputError(
      {
        message: `there is no ${DISTRIBUTION_PYTHON} on this machine, and packages use the distribution's Python.`,
        hint: 'Install the package python3, or let giftwrap do it with --provision.',
      },
      { cause },
    )
  })
  const { stdout } = await exec.run({ argv: [path, '-I', '-c', 'import platform; print(platform.python_version())'] })
  const version = stdout.trim()
  const minor = /^3\.\d+/.exec(version)?.[0]
  if (minor === undefined) throw new InputError({ message: `${path} is Python ${version}; giftwrap needs Python 3.` })
  return { path, version, minor }
}
