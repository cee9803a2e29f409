import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../errors.js'
import { type BindepRule, parseBindep } from './parse.js'

const FILE = 'bindep.txt'
const OLDER = 'other-requirements.txt'

/** The rules of a project's checkout, none where it has no such file; an `InputError` where it has both. */
export async function readBindep(checkout: string, project: string): Promise<readonly BindepRule[]> {
  const [text, older] = await Promise.all([FILE, OLDER].map((name) => readIfThere(join(checkout, name))))
  if (text !== undefined && older !== undefined) {
    throw new InputError({
      message: `${project}: its source has both ${FILE} and ${OLDER}, and only one of them can count.`,
      hint: `Remove one of them, or leave bindep out: name build_dependencies, and no bindep in system_dependencies_from.`,
    })
  }
  if (text !== undefined) return parseBindep(text, `${project}: ${FILE}`)
  return older === undefined ? [] : parseBindep(older, `${project}: ${OLDER}`)
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return undefined
    throw error
  })
}
