interface Parts {
  readonly epoch: bigint
  readonly upstream: string
  readonly revision: string
}

/** Less than, equal to or greater than zero, as the first version is older or newer. Source: deb-version(7). */
export function compareDebianVersions(a: string, b: string): number {
  const left = split(a)
  const right = split(b)
  if (left.epoch !== right.epoch) return left.epoch < right.epoch ? -1 : 1
  return compareParts(left.upstream, right.upstream) || compareParts(left.revision, right.revision)
}

function split(version: string): Parts {
  const epoch = /^(\d+):/.exec(version)?.[1] ?? ''
  const rest = epoch === '' ? version : version.slice(epoch.length + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: BigInt(epoch),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  }
}

/** Texts without digits and numbers take turns. */
function compareParts(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? []
  const right = b.match(/\d+|\D+/g) ?? []
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    const words = compareWords(take(left, i, /^\D/), take(right, j, /^\D/))
    if (words !== 0) return words
    if (/^\D/.test(left[i] ?? '')) i += 1
    if (/^\D/.test(right[j] ?? '')) j += 1
    const [n, m] = [BigInt(take(left, i, /^\d/)), BigInt(take(right, j, /^\d/))]
    if (n !== m) return n < m ? -1 : 1
    if (/^\d/.test(left[i] ?? '')) i += 1
    if (/^\d/.test(right[j] ?? '')) j += 1
  }
  return 0
}

function take(list: readonly string[], index: number, kind: RegExp): string {
  const part = list[index] ?? ''
  return kind.test(part) ? part : ''
}

function compareWords(a: string, b: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = rank(a.charCodeAt(index)) - rank(b.charCodeAt(index))
    if (difference !== 0) return difference
  }
  return 0
}

/** `~` before the end, the end before letters, letters before all else. */
function rank(code: number): number {
  if (Number.isNaN(code)) return 0
  if (code === 0x7e) return -1
  const letter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
  return letter ? code : code + 256
}
