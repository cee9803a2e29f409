import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { PackageModel } from '../../src/package/model.js'
import { normalizeTree } from '../../src/venv/normalize.js'
import { writeFiles } from './scratch.js'

/** 14 November 2023, 22:13:20 UTC. */
export const SMALL_DATE = 1_700_000_000

/** Names that a packager could take for patterns, variables or options. */
export const ODD_NAMES = ['a b', '[x]y', '{p,q}', 'st*r', '$HOME', '-dash', 'é', "quo'te", 'back\\slash', '#hash', '%d']

export const NO_RELATIONS = { depends: [], recommends: [], provides: [], conflicts: [], replaces: [] } as const

/** A model of a small tree; with `plain` or `odd` the tree is written into the folder. */
export function smallModel(folder: string, tree: { readonly plain?: true; readonly odd?: true } = {}): PackageModel {
  if (tree.plain || tree.odd) writePlainTree(folder)
  if (tree.odd) {
    for (const name of ODD_NAMES) {
      writeFiles(folder, { [`share/${name}`]: `${name}\n`, [`share/sub ${name}/${name}`]: '', [`etc/${name}`]: 'b\n' })
      writeFiles(folder, { [name]: 'at the top\n' })
    }
    mkdirSync(join(folder, 'share', 'empty'))
    symlinkSync('/nowhere/at all', join(folder, 'share', 'dangling'))
  }
  if (tree.plain || tree.odd) normalizeTree(folder, SMALL_DATE)
  return {
    name: 'small',
    version: '1.0rc1',
    epoch: undefined,
    iteration: 1,
    suffix: '+deb12',
    architecture: 'amd64',
    summary: 'Small $HOME $(id) "quoted" %{x}',
    maintainer: 'Somebody <somebody@localhost.invalid>',
    vendor: undefined,
    homepage: undefined,
    license: undefined,
    python: '3.11',
    relations: { ...NO_RELATIONS, depends: ['libc6 (>= 2.36)'] },
    tree: { folder, installPath: '/opt/small' },
    configFiles: ['/opt/small/etc/a.conf'],
    commands: [],
    units: [],
    account: { user: undefined, group: undefined },
    directories: [],
    scripts: {},
    bytecode: 'none',
    changelog: undefined,
    sbom: undefined,
    copyright: undefined,
    date: SMALL_DATE,
    compression: 'zstd',
  }
}

/** The same with all that a package can have, below a folder of its own. */
export function fullModel(folder: string): PackageModel {
  return {
    ...smallModel(folder, { plain: true }),
    tree: { folder, installPath: '/opt/acme/small' },
    configFiles: ['/opt/acme/small/etc/a.conf'],
    epoch: 2,
    iteration: 3,
    summary: 'Small, 100% of it\nSays $HOME and %{x}.\n\nAnd more.',
    vendor: 'Acme & Söhne',
    homepage: 'https://example.test/small?a=1%20',
    license: 'Apache-2.0',
    relations: {
      depends: ['liba >= 1.0'],
      recommends: ['libr'],
      provides: ['small-api = 1.0'],
      conflicts: ['smaller < 2.0'],
      replaces: ['smallest'],
    },
    commands: ['run'],
    units: [{ name: 'small.service', text: '[Service]\nExecStart=/opt/acme/small/bin/run\n' }],
    account: { user: 'smalluser', group: 'smallgroup' },
    directories: [{ path: '/var/lib/small', owner: 'smalluser', group: 'smallgroup', mode: '0750' }],
    scripts: {
      before_install: 'echo "before install: $*"',
      after_install: 'echo "after install: $*"\nexit 0',
      before_remove: 'echo "before remove: $*"',
      after_remove: 'echo "after remove: $*"',
      before_upgrade: 'echo "before upgrade: $*"',
      after_upgrade: "echo 'after upgrade:' 100% %{x}\ncat <<END\n$*\nEND\n",
    },
    bytecode: 'install',
    sbom: '{"bomFormat": "CycloneDX"}\n',
    changelog:
      'small (1.0) stable; urgency=medium\n\n  * One.\n\n -- A <a@localhost.invalid>  Tue, 14 Nov 2023 22:13:20 +0000\n',
    copyright: 'Copyright somebody\n',
  }
}

function writePlainTree(folder: string): void {
  writeFiles(folder, { 'bin/run': '#!/bin/sh\necho run\n', 'etc/a.conf': 'a = 1\n', 'etc/other': 'b\n' })
  chmodSync(join(folder, 'bin', 'run'), 0o755)
  symlinkSync('lib', join(folder, 'lib64'))
}
