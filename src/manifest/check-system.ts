import { checkBasePath } from './check-path.js'

/** https://systemd.io/USER_NAMES: what all distributions' tools accept. */
export function checkAccount(name: string): string | undefined {
  return /^[a-z_][a-z0-9_-]{0,30}$/.test(name)
    ? undefined
    : 'must start with a-z or _ and have at most 31 characters, only a-z, 0-9, _ and -'
}

/** The name of a systemd unit, without `.service`. */
export function checkUnit(name: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9:_.@-]{0,200}$/.test(name)
    ? undefined
    : 'must start with a letter or digit and have only letters, digits and : _ . @ - in it'
}

export function checkMode(mode: string): string | undefined {
  return /^[0-7]{3,4}$/.test(mode) ? undefined : "must be an octal mode, like '0750'"
}

/** A folder that a package owns: absolute, and no way out of it. */
export function checkOwnedPath(path: string): string | undefined {
  return path === '/' ? "must not be the system's own folder /" : checkBasePath(path.replace(/\/$/, ''))
}

/** A path or glob of files in a package. */
export function checkFileGlob(glob: string): string | undefined {
  if (!glob.startsWith('/')) return 'must be an absolute path'
  if (/[\p{C}\u2028\u2029]/u.test(glob)) return 'must not have control characters in it'
  return glob.split('/').includes('..') ? "must not have '..' in it" : undefined
}

/** A file or folder that the manifest names: relative to its folder, or absolute. */
export function checkFile(path: string): string | undefined {
  if (path.trim() === '') return 'must not be empty'
  if (path.startsWith('-')) return 'must not start with a dash'
  return /[\p{Cc}\u2028\u2029]/u.test(path) ? 'must not have control characters in it' : undefined
}

/** A file below the manifest's folder. */
export function checkOwnFile(path: string): string | undefined {
  const problem = checkFile(path)
  if (problem !== undefined) return problem
  if (path.startsWith('/') || path.includes('\\')) return "must be a path in the manifest's folder, with slashes"
  return path.split('/').includes('..') ? "must not have '..' in it" : undefined
}

/** `http:` or `https:`; a path or `file:` is taken where it says so. */
export function checkServer(url: string): string | undefined {
  return /^https?:\/\/[^\s\p{C}]+$/u.test(url) ? undefined : 'must be a URL of http or https'
}

/** https://www.debian.org/doc/debian-policy/ch-relationships.html: a name, with a version in parentheses or not. */
export function checkRelation(value: string): string | undefined {
  if (value.startsWith('-')) return 'must not start with a dash'
  return /^[A-Za-z0-9][A-Za-z0-9+._/:()~ <>=|-]*$/.test(value)
    ? undefined
    : 'must be one package, with or without a version'
}

export function checkKeyId(value: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9 @._+<>/-]*$/.test(value) ? undefined : 'must be the id of a key, never the key itself'
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests, with a registry or not. */
export function checkImageName(value: string): string | undefined {
  return /^[a-z0-9]+(?:[._:/-]+[a-z0-9]+)*$/.test(value)
    ? undefined
    : 'must be the name of an image: a-z, 0-9 and . _ - / between them'
}

export function checkImageTag(value: string): string | undefined {
  return /^\w[\w.-]{0,127}$/.test(value) ? undefined : 'must be a tag: at most 128 letters, digits and . _ -'
}

/** An image with its tag or digest. */
export function checkImage(value: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(value) ? undefined : 'must be an image, like `debian:12`'
}

export function checkPort(value: string): string | undefined {
  const [, port = '0'] = /^(\d{1,5})(?:\/(?:tcp|udp|sctp))?$/.exec(value) ?? []
  return Number(port) >= 1 && Number(port) <= 65_535 ? undefined : "must be a port, like '5000' or '5000/udp'"
}

/** Ids of targets are part of leg ids and of file names. */
export function checkTargetId(value: string): string | undefined {
  return /^[a-z0-9]+(?:\.[a-z0-9]+)*$/.test(value) ? undefined : 'must have only a-z, 0-9 and dots between them'
}

export function checkPythonMinor(value: string): string | undefined {
  return /^3\.\d{1,2}$/.test(value) ? undefined : "must be a version of Python, like '3.11'"
}
