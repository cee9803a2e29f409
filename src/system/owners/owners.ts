import type { Exec } from '../../runtime/exec.js'
import type { LogFile } from '../../runtime/log-file.js'
import type { LibraryNeed } from '../elf/scan-tree.js'

/** The machine whose packages are asked. */
export interface SystemContext {
  readonly architecture: 'amd64' | 'arm64'
  readonly exec: Exec
  readonly log: LogFile | undefined
  /** Stands for `/` where files of the system are read. */
  readonly root?: string
}

/** A relation of the package manager's own and the libraries that ask for it. */
export interface LibraryRelation {
  /** e.g. `libpq5 (>= 10~)`, `libpq.so.5()(64bit)`, `so:libpq.so.5`. */
  readonly relation: string
  readonly needs: readonly LibraryNeed[]
}

/** What the installed packages say of libraries; each need is in one of the two lists at least. */
export interface LibraryOwners {
  readonly relations: readonly LibraryRelation[]
  /** `why` ends the sentence "… is needed". */
  readonly unowned: readonly { readonly need: LibraryNeed; readonly why: string }[]
}

/** Asks a package manager's database which packages have the libraries. */
export type FindOwners = (needs: readonly LibraryNeed[], system: SystemContext) => Promise<LibraryOwners>

/** A library's name goes into relations, which have a syntax of their own. */
export function isPlainName(library: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.+@~-]*$/.test(library)
}

export const STRANGE = 'and no package can be asked for a library of that name'
