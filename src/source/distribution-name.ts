import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * What a checkout calls its Python distribution, which may not be the project's name (`placement` is
 * `openstack-placement`): from PKG-INFO, `[project]` of pyproject.toml or `[metadata]` of setup.cfg; undefined where
 * only running setup.py would tell.
 */
export async function distributionName(folder: string): Promise<string | undefined> {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '')
  return (
    field(await read('PKG-INFO'), /^Name:\s*(\S+)\s*$/m) ??
    field(section(await read('pyproject.toml'), 'project'), /^name\s*=\s*["']([^"']+)["']/m) ??
    field(section(await read('setup.cfg'), 'metadata'), /^name\s*[=:]\s*(\S+)\s*$/m)
  )
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/

function field(text: string, pattern: RegExp): string | undefined {
  const name = pattern.exec(text)?.[1]
  return name !== undefined && NAME.test(name) ? name : undefined
}

/** The lines between `[name]` and the next section. */
function section(text: string, name: string): string {
  const lines = text.split(/\r?\n/)
  const start = lines.findIndex((line) => line.trim() === `[${name}]`)
  if (start < 0) return ''
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => /^\[[^\]]+\]/.test(line))
  return rest.slice(0, end < 0 ? rest.length : end).join('\n')
}
