/** What artifact names can't have in them: https://github.com/actions/toolkit/tree/main/packages/artifact */
const NOT_IN_ARTIFACT_NAMES = /["<>|*?:\r\n\\/]/g

/** Sums over all that is published, as `sha256sum --check` reads them. */
export const SUMS_FILE = 'SHA256SUMS'
/** What became of each leg. */
export const REPORT_FILE = 'report.md'

/** The name of a leg's artifact: another one for each attempt of the run, and for each prefix that a caller chooses. */
export function legArtifact(prefix: string, leg: string, attempt: number): string {
  return `${prefix}${leg}-a${attempt}`.replaceAll(NOT_IN_ARTIFACT_NAMES, '_')
}

/** Of a leg's artifacts the one of the highest attempt; undefined without any. */
export function newestOfLeg<A extends { readonly name: string }>(
  artifacts: readonly A[],
  prefix: string,
  leg: string,
): A | undefined {
  const of = artifacts.flatMap((artifact) => {
    const attempt = attemptOf(artifact.name)
    return attempt > 0 && artifact.name === legArtifact(prefix, leg, attempt) ? [{ artifact, attempt }] : []
  })
  return of.toSorted((a, b) => b.attempt - a.attempt)[0]?.artifact
}

/** The attempt that an artifact's name ends with; 0 where it names none. */
export function attemptOf(name: string): number {
  const digits = /-a([1-9]\d{0,8})$/.exec(name)?.[1]
  return digits === undefined ? 0 : Number(digits)
}

/**
 * A file's name as GitHub keeps it for an asset: it puts dots in place of all but letters, digits and `. _ + -`, and so
 * of Debian's `~`. Done beforehand, what is summed has the name that is downloaded.
 */
export function assetName(file: string): string {
  return file.replaceAll(/[^A-Za-z0-9._+-]+/g, '.')
}

/** What a package's file may be called: nothing that hides, leads elsewhere or is no package. */
export function isPackageName(file: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,230}\.(?:deb|rpm|apk|pkg\.tar\.zst|tar\.(?:gz|xz|zst))$/.test(file)
}
