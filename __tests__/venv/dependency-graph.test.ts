import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dependencyGraph, parseRequirement } from '../../src/venv/dependency-graph.js'
import type { Distribution } from '../../src/venv/distributions.js'
import { markerEnvironment } from '../../src/venv/marker.js'

const environment = markerEnvironment({ version: '3.11.2', minor: '3.11' }, 'x86_64')

function distribution(name: string, ...requires: string[]): Distribution {
  const unknown = { summary: undefined, homepage: undefined, author: undefined }
  const license = { licenseExpression: undefined, license: undefined, licenseClassifiers: [] }
  return { name, version: '1', ...unknown, ...license, requires, folder: `${name}-1.dist-info` }
}
const graph = (distributions: Distribution[], roots: Parameters<typeof dependencyGraph>[1] = []) =>
  Object.fromEntries(dependencyGraph(distributions, roots, environment))

describe('dependencyGraph', () => {
  it('has what is installed and asked for here, under its normalised name', () => {
    const app = distribution(
      'app',
      'Oslo.Config>=1',
      'tomli ; python_version < "3.11"',
      'gone',
      'b ; sys_platform == "linux"',
    )
    expect(graph([app, distribution('oslo-config'), distribution('b'), distribution('tomli')])).toEqual({
      app: ['b', 'oslo-config'],
      'oslo-config': [],
      b: [],
      tomli: [],
    })
  })

  it('follows extras of the roots and of other distributions, and theirs', () => {
    const app = distribution('app', 'a[one] ; extra == "ldap"', 'c ; extra == "other"')
    const a = distribution(
      'a',
      "b ; extra == 'one'",
      'a[two] ; extra == "one"',
      'c ; extra == "two"',
      'd ; extra == "no"',
    )
    const all = [app, a, distribution('b'), distribution('c'), distribution('d')]
    expect(graph(all, [{ name: 'App', extras: ['LDAP'] }])).toMatchObject({ app: ['a'], a: ['b', 'c'] })
    expect(graph(all)).toMatchObject({ app: [], a: [] })
  })

  it('compares extras as names of distributions are', () => {
    const app = distribution('app', 'a ; extra == "My_Extra"')
    expect(graph([app, distribution('a')], [{ name: 'app', extras: ['my.extra'] }]).app).toEqual(['a'])
  })

  it('keeps what it cannot judge', () => {
    const app = distribution('app', 'a ; platform_release > "5"', 'b ; nonsense')
    expect(graph([app, distribution('a'), distribution('b')]).app).toEqual(['a', 'b'])
  })

  it('ends with circles, and names only what is there, for any requirements', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd')
    const requirement = fc.oneof(
      fc.string(),
      fc.tuple(name, name, fc.string()).map(([of, extra, rest]) => `${of}[${extra}] ${rest}`),
      fc.tuple(name, name, name).map(([of, asked, extra]) => `${of}[${asked}] ; extra == "${extra}"`),
    )
    const some = fc.uniqueArray(fc.tuple(name, fc.array(requirement)), { selector: ([of]) => of })
    fc.assert(
      fc.property(some, (all) => {
        const names = all.map(([of]) => of)
        const found = graph(
          all.map(([of, requires]) => distribution(of, ...requires)),
          [{ name: 'a', extras: ['b'] }],
        )
        expect(Object.keys(found).sort()).toEqual(names.toSorted())
        for (const [of, required] of Object.entries(found)) {
          expect(required).not.toContain(of)
          expect(required.filter((one) => !names.includes(one as 'a'))).toEqual([])
        }
      }),
    )
  })
})

describe('parseRequirement', () => {
  it.each([
    ['a', { name: 'a', extras: [], marker: undefined }],
    ['A_b [x, y] (>=1,<2) ; os_name == "nt"', { name: 'a-b', extras: ['x', 'y'], marker: 'os_name == "nt"' }],
    ['a@ https://x/y ; z', { name: 'a', extras: [], marker: 'z' }],
    ['a b', undefined],
    ['', undefined],
    ['-a', undefined],
  ])('reads %s', (text, expected) => {
    expect(parseRequirement(text)).toEqual(expected)
  })
})
