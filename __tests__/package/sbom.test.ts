import { Version } from '@cyclonedx/cyclonedx-library/Spec'
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemPackages } from '../../src/package/package-url.js'
import { type BundledDistribution, type Materials, sbom } from '../../src/package/sbom.js'

const HASH = { a: 'a'.repeat(64), b: 'b'.repeat(64), c: 'c'.repeat(64) }
const COMMIT = '0123456789abcdef0123456789abcdef01234567'

function distribution(name: string, more: Partial<BundledDistribution> = {}): BundledDistribution {
  const nothing = { summary: undefined, homepage: undefined, author: undefined, requires: [] }
  return { name, version: '1.0', ...nothing, licence: { kind: 'unknown' }, hashes: [], ...more }
}

const debian = { type: 'deb', namespace: 'debian', distro: 'debian-12' } as const
const materials: Materials = {
  package: {
    name: 'openstack-app',
    version: '27.0.2',
    summary: 'An app',
    licence: { kind: 'spdx', expression: 'MIT' },
  },
  project: 'app',
  source: { identity: `git ${COMMIT}`, repository: { url: 'https://git.invalid/openstack/app', commit: COMMIT } },
  distributions: [
    distribution('app', { version: '27.0.2.dev3+local', homepage: 'https://app.invalid/' }),
    distribution('six', {
      ...{ version: '1.16.0', summary: 'Two and three', author: 'Somebody', homepage: 'https://six.invalid/[x]' },
      licence: { kind: 'spdx', expression: 'MIT OR Apache-2.0' },
      hashes: [`sha256:${HASH.b}`, `sha256:${HASH.a}`],
    }),
    distribution('alone', {
      licence: { kind: 'named', names: ['Z License', 'BSD License'] },
      hashes: [`sha256:${HASH.c}`],
    }),
    distribution('below-alone'),
  ],
  graph: new Map([
    ['app', ['six', 'not-there']],
    ['alone', ['below-alone']],
    ['below-alone', []],
  ]),
  system: systemPackages(['python3.11', 'libldap-2.5-0 (>= 2.5.4)', 'ab | b', 'python3.11'], debian),
  tools: [
    { name: 'uv', version: '0.13.9' },
    { name: 'giftwrap', version: '0.1.0' },
  ],
  date: 1_700_000_000,
}

const schema = new JsonStrictValidator(Version.v1dot6)

/** What the official schema of CycloneDX 1.6 has against a text. */
async function problemsOf(text: string): Promise<unknown> {
  return schema.validate(text)
}

describe('sbom', () => {
  it('is CycloneDX 1.6, by the official schema', async () => {
    const text = await sbom(materials)
    expect(await problemsOf(text)).toBe(null)
    expect(JSON.parse(text)).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 })
    expect(await problemsOf(text.replace('"application"', '"unheard-of"'))).not.toBe(null)
  })

  it('has the package, what made it and when', async () => {
    const { metadata } = JSON.parse(await sbom(materials))
    expect(metadata).toEqual({
      timestamp: '2023-11-14T22:13:20.000Z',
      tools: {
        components: [
          { type: 'application', name: 'giftwrap', version: '0.1.0' },
          { type: 'application', name: 'uv', version: '0.13.9' },
        ],
      },
      component: {
        type: 'application',
        name: 'openstack-app',
        version: '27.0.2',
        'bom-ref': 'package:openstack-app',
        description: 'An app',
        licenses: [{ license: { id: 'MIT', acknowledgement: 'declared' } }],
        externalReferences: [
          { url: `git+https://git.invalid/openstack/app@${COMMIT}`, type: 'vcs', comment: `commit ${COMMIT}` },
        ],
        properties: [{ name: 'giftwrap:source', value: `git ${COMMIT}` }],
      },
    })
  })

  it('has every distribution with its URL, licence and hashes', async () => {
    const components = new Map(
      JSON.parse(await sbom(materials)).components.map((one: { name: string }) => [one.name, one]),
    )
    expect([...components.keys()]).toEqual([
      ...['alone', 'app', 'below-alone', 'six', 'ab', 'libldap-2.5-0', 'python3.11'],
    ])
    expect(components.get('app')).toMatchObject({
      type: 'application',
      purl: `pkg:pypi/app@27.0.2.dev3+local?vcs_url=git%2Bhttps%3A%2F%2Fgit.invalid%2Fopenstack%2Fapp%40${COMMIT}`,
    })
    const file = (hash: string) => ({
      url: 'pkg:pypi/six@1.16.0',
      type: 'distribution',
      hashes: [{ alg: 'SHA-256', content: hash }],
      comment: 'a file of the release that the lock allows',
    })
    expect(components.get('six')).toEqual({
      type: 'library',
      name: 'six',
      version: '1.16.0',
      'bom-ref': 'pkg:pypi/six@1.16.0',
      author: 'Somebody',
      description: 'Two and three',
      licenses: [{ expression: 'MIT OR Apache-2.0', acknowledgement: 'declared' }],
      purl: 'pkg:pypi/six@1.16.0',
      externalReferences: [{ url: 'https://six.invalid/%5Bx%5D', type: 'website' }, file(HASH.a), file(HASH.b)],
    })
    expect(components.get('alone')).toMatchObject({
      hashes: [{ alg: 'SHA-256', content: HASH.c }],
      licenses: [{ license: { name: 'BSD License' } }, { license: { name: 'Z License' } }],
    })
    expect(components.get('libldap-2.5-0')).toEqual({
      type: 'library',
      name: 'libldap-2.5-0',
      'bom-ref': 'system:libldap-2.5-0 (>= 2.5.4)',
      purl: 'pkg:deb/debian/libldap-2.5-0?distro=debian-12',
      properties: [{ name: 'giftwrap:relation', value: 'libldap-2.5-0 (>= 2.5.4)' }],
    })
  })

  it('tells who depends on whom: the package on the project, on what nothing else asks for, and on the system', async () => {
    const { dependencies } = JSON.parse(await sbom(materials))
    const of = (ref: string) => dependencies.find((one: { ref: string }) => one.ref === ref)?.dependsOn
    expect(of('package:openstack-app')).toEqual([
      ...['pkg:pypi/alone@1.0', 'pkg:pypi/app@27.0.2.dev3+local'],
      ...['system:ab | b', 'system:libldap-2.5-0 (>= 2.5.4)', 'system:python3.11'],
    ])
    expect(of('pkg:pypi/app@27.0.2.dev3+local')).toEqual(['pkg:pypi/six@1.16.0'])
    expect(of('pkg:pypi/alone@1.0')).toEqual(['pkg:pypi/below-alone@1.0'])
    expect(of('pkg:pypi/below-alone@1.0')).toBe(undefined)
  })

  it('leaves nothing out that only a circle asks for', async () => {
    const graph = new Map([
      ['alone', ['below-alone']],
      ['below-alone', ['alone']],
    ])
    const { dependencies } = JSON.parse(await sbom({ ...materials, graph }))
    expect(dependencies[0].dependsOn).toContain('pkg:pypi/alone@1.0')
    expect(dependencies[0].dependsOn).toContain('pkg:pypi/six@1.16.0')
    expect(dependencies[0].dependsOn).not.toContain('pkg:pypi/below-alone@1.0')
  })

  it('names no path and no password as a repository', async () => {
    for (const url of ['/home/me/app', 'me@host:app', 'file:///home/me/app']) {
      const source = { identity: 'git', repository: { url, commit: COMMIT } }
      expect(await sbom({ ...materials, source })).not.toContain(url)
    }
  })

  it('is the same in whatever order things come, and has another serial number for other things', async () => {
    const text = await sbom(materials)
    const { distributions, system, tools } = materials
    const turned = {
      ...{ distributions: distributions.toReversed(), system: system.toReversed(), tools: tools.toReversed() },
      graph: new Map([...materials.graph].reverse()),
    }
    expect(await sbom({ ...materials, ...turned })).toBe(text)
    const serial = (bom: string): string => JSON.parse(bom).serialNumber
    expect(serial(text)).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(serial(await sbom({ ...materials, date: materials.date + 1 }))).not.toBe(serial(text))
  })

  it('is valid whatever distributions say of themselves', async () => {
    const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
    const licence = fc.oneof(
      word.map((name) => ({ kind: 'named' as const, names: [name] })),
      fc
        .constantFrom('MIT', 'LicenseRef-x', 'GPL-2.0-only WITH Classpath-exception-2.0', 'GPL-2.0+')
        .map((expression) => ({
          kind: 'spdx' as const,
          expression,
        })),
    )
    const any = fc.record({ name: word, version: word, summary: word, author: word, homepage: fc.webUrl(), licence })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(any, { maxLength: 4, selector: ({ name }) => name }),
        fc.array(word, { maxLength: 3 }),
        async (some, relations) => {
          const distributions = some.map((one) => distribution(one.name, one))
          const graph = new Map(some.map(({ name }) => [name, some.map((other) => other.name)]))
          const bom = { ...materials, distributions, graph, system: systemPackages(relations, debian) }
          const text = await sbom(bom)
          expect(await problemsOf(text)).toBe(null)
          expect(await sbom({ ...bom, distributions: distributions.toReversed() })).toBe(text)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('systemPackages', () => {
  it.each([
    ['deb', 'libc6:amd64 (>= 2.36)', 'libc6'],
    ['deb', 'ab | b (>= 1)', 'ab'],
    ['deb', '(>= 1)', undefined],
    ['rpm', 'openldap >= 2.4', 'openldap'],
    ['rpm', 'python(abi) = 3.11', undefined],
    ['rpm', 'libssl.so.3()(64bit)', undefined],
    ['rpm', '/usr/bin/env', undefined],
    ['rpm', '(a or b)', undefined],
    ['apk', 'openldap>2.4', 'openldap'],
    ['apk', 'so:libssl.so.3', undefined],
    ['alpm', 'python>=3.11', 'python'],
    ['alpm', 'libssl.so=3-64', undefined],
  ] as const)('of %s: %s is %s', (type, relation, name) => {
    const [found] = systemPackages([relation], { type, namespace: 'some', distro: 'some-1' })
    expect(found).toEqual({
      name: name ?? relation,
      relation,
      purl: name === undefined ? undefined : `pkg:${type}/some/${name}?distro=some-1`,
    })
  })
})
