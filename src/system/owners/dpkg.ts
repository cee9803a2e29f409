import { ToolError } from '../../errors.js'
import { findLibrary, libraryFolders, spellings } from '../elf/loader.js'
import type { LibraryNeed } from '../elf/scan-tree.js'
import { type FindOwners, isPlainName, STRANGE, type SystemContext } from './owners.js'
import { fillTemplate, neededTemplates, parseSymbols, raise, shlibsOf } from './symbols-file.js'

const NAME = /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?$/

/**
 * The packages of dpkg that own the libraries, in the lowest versions that have what is used of them: by the package's
 * symbols, else by its shlibs, as dpkg-shlibdeps does it.
 */
export const dpkgOwners: FindOwners = async (needs, system) => {
  const folders = libraryFolders(system.architecture, system.root)
  const found = needs.map((need) => {
    const plain = isPlainName(need.library.slice(need.library.lastIndexOf('/') + 1))
    const path = plain
      ? findLibrary(need.library, [...need.folders, ...folders], system.architecture, system.root)
      : undefined
    return { need, plain, path, names: path === undefined ? [] : spellings(path, system.root) }
  })
  const owners = await ownersOf(
    found.flatMap(({ names }) => names),
    system,
  )
  const texts = new Map<string, Promise<string | undefined>>()
  const unowned: { need: LibraryNeed; why: string }[] = []
  const versions = new Map<string, string>()
  const askedBy = new Map<string, LibraryNeed[]>()
  for (const { need, plain, path, names } of found) {
    const owner = names.map((name) => owners.get(name)).find((name) => name !== undefined)
    if (owner === undefined) {
      const where = path === undefined ? 'and is not on this machine' : `and no package owns ${path}`
      unowned.push({ need, why: plain ? where : STRANGE })
      continue
    }
    for (const [template, version] of await templatesOf(need, owner, texts, system)) {
      raise(versions, template, version)
      askedBy.set(template, [...(askedBy.get(template) ?? []), need])
    }
  }
  const relations = [...versions].flatMap(([template, version]) =>
    fillTemplate(template, version).map((relation) => ({ relation, needs: askedBy.get(template) ?? [] })),
  )
  return { relations, unowned }
}

async function templatesOf(
  need: LibraryNeed,
  owner: string,
  texts: Map<string, Promise<string | undefined>>,
  system: SystemContext,
): Promise<ReadonlyMap<string, string>> {
  const text = (file: 'symbols' | 'shlibs') => {
    const known = texts.get(`${owner} ${file}`) ?? controlFile(owner, file, system)
    texts.set(`${owner} ${file}`, known)
    return known
  }
  const library = need.library.slice(need.library.lastIndexOf('/') + 1)
  const symbols = parseSymbols((await text('symbols')) ?? '').get(library)
  if (symbols !== undefined) {
    // Versions are symbols, too, and some of them have no other: `GLIBC_ABI_DT_RELR`.
    const nodes = need.versions.map((version) => `${version}@${version}`)
    return neededTemplates(symbols, [...need.symbols, ...nodes])
  }
  const relations = shlibsOf((await text('shlibs')) ?? '', library)
  return new Map([[relations ?? owner.replace(/:.*/, ''), '']])
}

/** A package's control file as it is installed; undefined where it has none. */
async function controlFile(owner: string, file: string, system: SystemContext): Promise<string | undefined> {
  const ask = async (...words: readonly string[]) =>
    (await system.exec.run({ argv: [...dpkgQuery(system), ...words] }, system.log)).stdout
  const files = await ask('--control-list', owner)
  return files.split('\n').includes(file) ? ask('--control-show', owner, file) : undefined
}

/** Package (with its processor) by path. dpkg names what it finds, and fails when it doesn't find all of it. */
async function ownersOf(paths: readonly string[], system: SystemContext): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>()
  if (paths.length === 0) return owners
  const chunks: Buffer[] = []
  const argv = [...dpkgQuery(system), '--search', '--', ...paths]
  const read = async (stdout: NodeJS.ReadableStream) => {
    for await (const chunk of stdout) chunks.push(Buffer.from(chunk))
  }
  await unlessRefused(system.exec.stream({ argv }, read, system.log))
  for (const line of Buffer.concat(chunks).toString('utf8').split('\n')) {
    // Several packages may have the same folder, not the same file; `diversion by …` is no package.
    const [, names = '', path = ''] = /^(\S+(?:, \S+)*): (\/.*)$/.exec(line) ?? []
    const [name = ''] = names.split(', ')
    if (NAME.test(name)) owners.set(path, name)
  }
  return owners
}

function dpkgQuery({ root }: SystemContext): string[] {
  return root === undefined ? ['dpkg-query'] : ['dpkg-query', `--root=${root}`]
}

/** dpkg-query's word for "not all of this is there" is the exit code 1. */
async function unlessRefused(answer: Promise<void>): Promise<void> {
  try {
    await answer
  } catch (error) {
    if (!(error instanceof ToolError) || error.status !== 1) throw error
  }
}
