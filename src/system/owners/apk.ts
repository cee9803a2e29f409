import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FindOwners, isPlainName } from './owners.js'

/** apk 2 has it in the first place, apk 3 on a system with a merged `/usr` in the second. */
const DATABASES = ['lib/apk/db/installed', 'usr/lib/apk/db/installed']

/** Relations in the form in which Alpine's own packages have them: `so:libpq.so.5`. */
export const apkOwners: FindOwners = async (needs, { root = '/' }) => {
  const texts = await Promise.all(DATABASES.map((path) => readFile(join(root, path), 'utf8').catch(() => '')))
  const provided = providedLibraries(texts.join('\n'))
  const isOwned = (library: string) => isPlainName(library) && provided.has(library)
  return {
    relations: needs.flatMap((need) =>
      isOwned(need.library) ? [{ relation: `so:${need.library}`, needs: [need] }] : [],
    ),
    unowned: needs.flatMap((need) =>
      isOwned(need.library) ? [] : [{ need, why: 'and no installed package provides it' }],
    ),
  }
}

/** Libraries that apk's database of installed packages names. Source: apk's wiki on its index, lines `p:`. */
export function providedLibraries(database: string): ReadonlySet<string> {
  const provided = database.split('\n').flatMap((line) => (line.startsWith('p:') ? line.slice(2).split(' ') : []))
  return new Set(
    provided.flatMap((word) => (word.startsWith('so:') ? [word.slice('so:'.length).replace(/[<>=~].*/, '')] : [])),
  )
}
