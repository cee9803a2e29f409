const PROJECT_NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/
const VERSION = /^[^\s\p{C}/\\]+$/u
const DEBIAN_PACKAGE = /^[a-z0-9][a-z0-9+.-]+$/

/** A project's name is part of paths, package names and URLs. */
export function checkProjectName(name: string): string | undefined {
  if (name === '') return 'must not be empty'
  if (name.includes('..')) return "must not have '..' in it"
  if (!PROJECT_NAME.test(name))
    return 'must start with a letter or digit and have only letters, digits and . _ + - in it'
  return undefined
}

/** A version is part of paths and leg ids. */
export function checkVersion(version: string): string | undefined {
  if (version === '') return 'must not be empty'
  if (version.startsWith('-')) return 'must not start with a dash'
  if (version === '.' || version.includes('..')) return 'must not leave its folder'
  if (!VERSION.test(version)) return 'must not have slashes, blanks or control characters in it'
  return undefined
}

/** https://www.debian.org/doc/debian-policy/ch-controlfields.html#source */
export function checkPackageName(name: string): string | undefined {
  if (DEBIAN_PACKAGE.test(name)) return undefined
  return 'must have at least two characters, only a-z, 0-9 and + . - in it, and start with a letter or digit (deb)'
}
