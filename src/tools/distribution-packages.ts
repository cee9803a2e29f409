import { join } from 'node:path'
import { InputError } from '../errors.js'
import { exists } from '../runtime/files.js'
import { withHeldLog } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { which } from '../runtime/which.js'
import { findPip } from './pip.js'

/** Something that a build needs from the distribution. */
export interface SystemNeed {
  /** Debian's and Ubuntu's package. */
  readonly package: string
  /** Ends the sentence "… is needed". */
  readonly reason: string
  readonly isThere: (ports: Ports) => Promise<boolean>
}

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

export const NEEDS = {
  python: {
    package: 'python3',
    reason: 'to make virtualenvs that the package can use',
    isThere: () => exists('/usr/bin/python3'),
  },
  pip: {
    package: 'python3-pip',
    reason: 'to fetch tools and source archives from the package index',
    isThere: async (ports) => (await findPip(ports)) !== undefined,
  },
  git: { package: 'git', reason: 'to get sources', isThere: onPath('git') },
  ruby: { package: 'ruby', reason: 'to run fpm', isThere: onPath('gem') },
  ar: { package: 'binutils', reason: 'for fpm, which writes debs with ar', isThere: onPath('ar') },
  zstd: { package: 'zstd', reason: 'to compress and read packages', isThere: onPath('zstd') },
  xz: { package: 'xz-utils', reason: 'for fpm, which compresses with it', isThere: onPath('xz') },
  rpmbuild: { package: 'rpm', reason: 'for rpmbuild, which writes rpms', isThere: onPath('rpmbuild') },
  certificates: { package: 'ca-certificates', reason: 'to check servers', isThere: () => exists(CERTIFICATES) },
  unshare: {
    package: 'util-linux',
    reason: 'to build at the final path without touching it',
    isThere: onPath('unshare'),
  },
} as const satisfies Record<string, SystemNeed>

function onPath(name: string): SystemNeed['isThere'] {
  return async (ports) => (await which(name, ports.environment)) !== undefined
}

/**
 * Makes sure that the needs are met: installs what is missing in one transaction where that is allowed, else says in
 * one sentence what to install. An installation that fails leaves a log in `outputDir`.
 */
export async function provideSystemNeeds(
  needs: readonly SystemNeed[],
  allowed: boolean,
  outputDir: string,
  ports: Ports,
): Promise<readonly string[]> {
  const missing: SystemNeed[] = []
  for (const need of needs) if (!(await need.isThere(ports))) missing.push(need)
  if (missing.length === 0) return []
  const packages = missing.map((need) => need.package)
  if (!allowed) {
    const reasons = missing.map((need) => `${need.package} ${need.reason}`).join(', ')
    throw new InputError({
      message: `this machine lacks ${reasons}.`,
      hint: `Install ${packages.length === 1 ? 'the package' : 'the packages'} ${packages.join(' ')}, or let giftwrap do it with --provision.`,
    })
  }
  ports.reporter.info(`installing ${missing.map((need) => `${need.package} (${need.reason})`).join(', ')}`)
  const sudo = ports.environment.uid === 0 ? [] : ['sudo', '-n']
  const apt = (...words: string[]) => [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '--quiet', ...words]
  const options = ['-o', 'DPkg::Lock::Timeout=300', '--yes', '--no-install-recommends']
  await withHeldLog(join(outputDir, 'provision.log'), async (log) => {
    await ports.exec.run({ argv: apt('update') }, log)
    await ports.exec.run({ argv: apt('install', ...options, ...packages) }, log)
  })
  return packages
}
