import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Version } from '@cyclonedx/cyclonedx-library/Spec'
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation'
import { describe, expect, it } from 'vitest'
import { legDocuments, systemOrigin } from '../../src/commands/leg-documents.js'
import { readManifest } from '../../src/manifest/read-manifest.js'
import { makeLegs } from '../../src/plan/make-legs.js'
import type { PinnedLeg } from '../../src/plan/plan.js'
import { TARGETS } from '../../src/plan/targets.js'
import { manifestText } from '../support/build-scene.js'
import { scratch, writeFiles } from '../support/scratch.js'

const site = 'lib/python3.11/site-packages'
const COMMIT = 'a'.repeat(40)

async function leg(url: string): Promise<PinnedLeg> {
  const path = join(scratch(), 'manifest.yml')
  writeFileSync(path, manifestText({ projects: [{ name: 'app', extras: ['ldap'], pip_dependencies: ['Extra[x]'] }] }))
  const machine = {
    release: { id: 'debian', versionId: '12', prettyName: 'Debian 12' },
    ...{ processor: 'x64', fpm: { atHand: undefined, provisioned: false } },
  }
  const [made] = makeLegs(await readManifest(path), { projects: undefined, only: undefined }, machine)
  if (made === undefined) throw new Error('no leg')
  return { ...made, source: { kind: 'git', url, ref: 'master', commit: COMMIT, fetch: COMMIT, tags: [] } }
}

/** A tree with the project, what it needs for an extra, and what the manifest adds. */
function smallTree(): string {
  const tree = scratch()
  const metadata = (name: string, ...lines: string[]) => ({
    [`${site}/${name}-1.0.dist-info/METADATA`]: [
      'Metadata-Version: 2.1',
      `Name: ${name}`,
      'Version: 1.0',
      ...lines,
      '',
    ].join('\n'),
    [`${site}/${name}-1.0.dist-info/RECORD`]: `${name}/__init__.py,,\n${name}-1.0.dist-info/METADATA,,\n`,
  })
  writeFiles(tree, {
    ...metadata('app', 'Summary: An app', 'License: Apache-2.0', 'Requires-Dist: ldap ; extra == "ldap"'),
    ...metadata('ldap', 'License: MIT'),
    ...metadata('extra', 'Requires-Dist: of-x ; extra == "x"', 'Requires-Dist: ldap ; python_version < "3"'),
    ...metadata('of-x'),
    [`${site}/app-1.0.dist-info/licenses/LICENSE`]: 'The terms',
  })
  return tree
}

const known = {
  distribution: 'app',
  locked: [{ name: 'ldap', version: '1.0', hashes: [`sha256:${'b'.repeat(64)}`] }],
  interpreter: { path: '/usr/bin/python3.11', version: '3.11.2', minor: '3.11' },
  dependencies: ['python3.11'],
  date: 1_700_000_000,
}

describe('legDocuments', () => {
  it('tells what is in a tree', async () => {
    const documents = await legDocuments(await leg('https://me:secret@git.invalid/app'), smallTree(), known)
    if (documents === undefined) throw new Error('no documents')
    expect(await new JsonStrictValidator(Version.v1dot6).validate(documents.sbom)).toBe(null)
    const { metadata, components, dependencies } = JSON.parse(documents.sbom)
    expect(metadata.component).toMatchObject({ name: 'openstack-app', version: '1.2.3', description: 'An app' })
    expect(metadata.component.externalReferences[0].url).toBe(`git+https://git.invalid/app@${COMMIT}`)
    const named = (name: string) => components.find((one: { name: string }) => one.name === name)
    expect(named('ldap').hashes).toEqual([{ alg: 'SHA-256', content: 'b'.repeat(64) }])
    expect(named('python3.11').purl).toBe('pkg:deb/debian/python3.11?distro=debian-12')
    const required = (ref: string) => dependencies.find((one: { ref: string }) => one.ref === ref).dependsOn
    const python = (name: string) => `pkg:pypi/${name}@1.0`
    expect(required('package:openstack-app')).toEqual([python('app'), python('extra'), 'system:python3.11'])
    expect(required(python('app'))).toEqual([python('ldap')])
    expect(required(python('extra'))).toEqual([python('of-x')])

    expect(documents.licences).toEqual([{ name: 'LICENSE', text: 'The terms\n' }])
    expect(documents.copyright).toContain('Source: https://git.invalid/app\n')
    expect(documents.copyright).toContain(`${site}/ldap/*\nCopyright: the authors of ldap\nLicense: MIT\n`)
    expect(documents.plainCopyright).toContain('app 1.0: Apache-2.0\n')
    expect(JSON.stringify(documents)).not.toContain('secret')
  })

  it('names no path of the machine that built it', async () => {
    for (const url of ['/home/me/app', 'file:///home/me/app']) {
      const documents = await legDocuments(await leg(url), smallTree(), known)
      expect(JSON.stringify(documents)).not.toContain('/home/me')
      expect(documents?.copyright).toContain(`Source: git ${COMMIT}\n`)
    }
  })

  it('is nothing of a tree without the project', async () => {
    expect(await legDocuments(await leg('https://x.invalid/app'), smallTree(), { ...known, distribution: 'b' })).toBe(
      undefined,
    )
  })
})

describe('systemOrigin', () => {
  it('knows every target', () => {
    const origins = TARGETS.map((target) => [target.id, systemOrigin(target)] as const)
    expect(origins).toContainEqual(['ubuntu22.04', { type: 'deb', namespace: 'ubuntu', distro: 'ubuntu-22.04' }])
    expect(origins).toContainEqual(['rocky9', { type: 'rpm', namespace: 'rocky', distro: 'rocky-9' }])
    for (const [id, { distro }] of origins) expect(distro.replace('-', '')).toBe(id)
  })
})
