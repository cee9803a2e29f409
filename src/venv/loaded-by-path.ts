import { anyGlob } from '../runtime/glob.js'

/** Python files that programs open by their paths: without its source the file would not be found. */
interface LoadedByPath {
  /** The entries that tell such a folder; without them `files` is relative to `site-packages`. */
  readonly folderHas?: readonly string[]
  /** Globs, relative to the folder; `*` is any depth. */
  readonly files: readonly string[]
  readonly reason: string
}

const ALEMBIC = 'alembic runs env.py and reads the scripts of versions/ by path; without them it finds no migrations'

export const LOADED_BY_PATH: readonly LoadedByPath[] = [
  { folderHas: ['env.py', 'versions'], files: ['env.py', 'versions/*.py'], reason: ALEMBIC },
  { folderHas: ['env.py', 'script.py.mako'], files: ['env.py', 'versions/*.py'], reason: ALEMBIC },
  {
    folderHas: ['migrate.cfg'],
    files: ['manage.py', 'versions/*.py'],
    reason: 'sqlalchemy-migrate lists versions/ and loads its scripts by path',
  },
  {
    folderHas: ['wsgi.py', 'settings.py'],
    files: ['wsgi.py', 'manage.py', 'local/local_settings.py', 'local/local_settings.d/*.py'],
    reason: "horizon: web servers load wsgi.py by path, and the operator's settings are sources",
  },
  { files: ['*/wsgi/*.py'], reason: 'WSGIScriptAlias and uwsgi --wsgi-file load modules by path' },
  { files: ['saml2/attributemaps/*.py'], reason: 'pysaml2 lists the *.py of an attribute_map_dir' },
  { files: ['pip/__pip-runner__.py'], reason: 'pip starts itself by path where it builds' },
  {
    files: ['*/pyproject_hooks/_in_process/_in_process.py'],
    reason: 'build frontends start this script by path',
  },
]

/** Those of a tree's files that stay sources; paths are relative to `site-packages`. */
export function loadedByPath(paths: readonly string[]): ReadonlySet<string> {
  const known = new Set(paths)
  const folders = new Set(paths.flatMap(foldersAbove))
  const isThere = (path: string) => known.has(path) || folders.has(path)
  const stay = new Set<string>()
  for (const { folderHas, files } of LOADED_BY_PATH) {
    const isMatch = anyGlob(files)
    const roots = folderHas === undefined ? [''] : [...folders]
    for (const root of roots) {
      const prefix = root === '' ? '' : `${root}/`
      if (folderHas !== undefined && !folderHas.every((name) => isThere(`${prefix}${name}`))) continue
      for (const path of paths) if (path.startsWith(prefix) && isMatch(path.slice(prefix.length))) stay.add(path)
    }
  }
  return stay
}

/** `a`, `a/b` of `a/b/c`. */
function foldersAbove(path: string): string[] {
  const words = path.split('/').slice(0, -1)
  return words.map((_, index) => words.slice(0, index + 1).join('/'))
}
