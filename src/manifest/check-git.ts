const SCHEMES = ['https', 'http', 'ssh', 'git', 'file']

/** A branch, tag, commit or `refs/…`; never something that git takes for an option or a refspec. */
export function checkGitRef(ref: string): string | undefined {
  if (ref === '') return 'must not be empty'
  if (ref.startsWith('-')) return 'must not start with a dash'
  if (/[\s\p{C}]/u.test(ref)) return 'must not have blanks or control characters in it'
  // https://git-scm.com/docs/git-check-ref-format, and `+` as it would force a refspec
  if (ref.startsWith('+') || /[~^:?*[\\]|\.\.|@\{/.test(ref)) return 'must be the name of a branch, tag or commit'
  return undefined
}

/** A URL, `host:path` or local path; never a remote helper such as `ext::`, which runs commands. */
export function checkGitUrl(url: string): string | undefined {
  if (url === '') return 'must not be empty'
  if (url.startsWith('-')) return 'must not start with a dash'
  if (/^[A-Za-z0-9+.-]*::/.test(url)) return 'must not name a remote helper of git'
  if (/[\s\p{C}]/u.test(url)) return 'must not have blanks or control characters in it'
  const scheme = /^([^/:]*):\/\//.exec(url)?.[1]
  if (scheme !== undefined && !SCHEMES.includes(scheme))
    return `must be a URL of ${SCHEMES.join(', ')}, host:path or a path`
  if (/^(?:[^/:]*:\/\/)?(?:[^/@]*@)?-/.test(url)) return 'must not have a host that starts with a dash'
  return undefined
}
