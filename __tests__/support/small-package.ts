import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { PackageModel } from '../../src/package/model.js'
import { normalizeTree } from '../../src/venv/normalize.js'
import { writeFiles } from './scratch.js'

/** 14 November 2023, 22:13:20 UTC. */
export const SMALL_DATE = 1_700_000_000

/** Names that a packager could take for patterns, variables or options. */
export const ODD_NAMES = ['a b', '[x]y', '{p,q}', 'st*r', '$HOME', '-dash', 'é', "quo'te", 'back\\slash', '#hash', '%d']

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
    version: '1.0~rc1',
    revision: '1+deb12',
    architecture: 'amd64',
    summary: 'Small $HOME $(id) "quoted" %{x}',
    maintainer: 'Somebody <somebody@localhost.invalid>',
    vendor: undefined,
    homepage: undefined,
    license: undefined,
    dependencies: ['python3.11', 'libc6 (>= 2.36)'],
    tree: { folder, installPath: '/opt/small' },
    configFiles: ['/opt/small/etc/a.conf'],
    date: SMALL_DATE,
    compression: 'zstd',
  }
}

function writePlainTree(folder: string): void {
  writeFiles(folder, { 'bin/run': '#!/bin/sh\necho run\n', 'etc/a.conf': 'a = 1\n', 'etc/other': 'b\n' })
  chmodSync(join(folder, 'bin', 'run'), 0o755)
  symlinkSync('lib', join(folder, 'lib64'))
}
