const PROCESSORS = { amd64: 'x86_64', arm64: 'aarch64' } as const

/** What wheels are for, beside a Python. */
export interface Platform {
  readonly architecture: keyof typeof PROCESSORS
  /** e.g. `glibc 2.36`, `musl`; without a version where it is not known. */
  readonly libc: string
}

/** Versions of glibc that uv has a platform for; what a newer one offers beyond them no wheel asks for yet. */
const GLIBC_MINORS = [17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40] as const
/** All distributions that are known have at least this one. */
const OLDEST_MINOR = 28
export const OLDEST_GLIBC = `glibc 2.${OLDEST_MINOR}`

/** e.g. `amd64 glibc 2.36`. */
export function platformName({ architecture, libc }: Platform): string {
  return `${architecture} ${libc}`
}

/** uv's word for it, e.g. `x86_64-manylinux_2_36`. */
export function uvPlatform({ architecture, libc }: Platform): string {
  const processor = PROCESSORS[architecture]
  if (libc.startsWith('musl')) return `${processor}-unknown-linux-musl`
  const minor = minorOf(libc)
  return `${processor}-manylinux_2_${GLIBC_MINORS.findLast((known) => known <= minor) ?? GLIBC_MINORS[0]}`
}

/** What is locked for an older glibc holds for a newer one, and nothing else does. */
export function fitsPlatform(locked: string, wanted: Platform): boolean {
  const [architecture, ...libc] = locked.split(' ')
  if (architecture !== wanted.architecture) return false
  const [kind] = libc
  if (kind !== wanted.libc.split(' ')[0]) return false
  return kind !== 'glibc' || minorOf(libc.join(' ')) <= minorOf(wanted.libc)
}

function minorOf(libc: string): number {
  return Number(/^glibc 2\.(\d+)$/.exec(libc)?.[1] ?? OLDEST_MINOR)
}
