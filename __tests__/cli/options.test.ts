import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { names, readArguments } from '../../src/cli/options.js'
import { InputError } from '../../src/errors.js'

const buildInputs = (words: readonly string[], variables = {}) => {
  const request = readArguments(['build', '-m', 'a.yml', ...words], variables)
  return request.kind === 'build' ? { ...request.inputs, debug: request.debug } : expect.fail('not a build')
}

describe('the original flags of build', () => {
  const cases: [string, readonly string[], Record<string, unknown>][] = [
    ['-v', ['-v', '10.0'], { version: '10.0' }],
    ['-t', ['-t', 'docker'], { type: 'docker' }],
    ['-s', ['-s'], { sequential: true }],
    ['-p', ['-p', 'a, b,,c'], { projects: ['a', 'b', 'c'] }],
    ['-d', ['-d'], { debug: true }],
    ['-o', ['-o', 'out'], { outputDir: 'out' }],
    ['--only', ['--only', 'a-*'], { only: 'a-*' }],
    ['--no-reuse', ['--no-reuse'], { reuse: false }],
    ['--dry-run', ['--dry-run'], { dryRun: true }],
    ['--iteration', ['--iteration', '2'], { iteration: '2' }],
    ['joined words', ['--only=a=b', '-sd'], { only: 'a=b', sequential: true, debug: true }],
  ]
  it.each(cases)('%s', (_name, words, expected) => {
    expect(buildInputs(words)).toMatchObject({ manifest: 'a.yml', ...expected })
  })

  it('are all optional but the manifest', () => {
    expect(buildInputs([])).toEqual({
      manifest: 'a.yml',
      version: undefined,
      set: [],
      vars: [],
      varsFiles: [],
      type: undefined,
      packager: undefined,
      iteration: undefined,
      projects: undefined,
      only: undefined,
      skip: undefined,
      plan: undefined,
      outputDir: undefined,
      sequential: false,
      reuse: true,
      locked: false,
      forceOverwrite: false,
      dryRun: false,
      inPlace: false,
      disposable: false,
      provision: false,
      fpmGems: undefined,
      requireRung: undefined,
      relax: false,
      debug: false,
    })
  })
})

describe("the folder of fpm's gems", () => {
  it('comes from the environment where no option names it', () => {
    const variables = { GIFTWRAP_FPM_GEMS: '/gems' }
    expect(buildInputs([], variables).fpmGems).toBe('/gems')
    expect(buildInputs(['--fpm-gems', '/others'], variables).fpmGems).toBe('/others')
    expect(buildInputs([], { GIFTWRAP_FPM_GEMS: '' }).fpmGems).toBeUndefined()
  })
})

describe('giftwrap lock', () => {
  it('takes Pythons and projects as lists', () => {
    const request = readArguments(['lock', '-m', 'a.yml', '--python-version', '3.9,3.13', '-p', 'x'], {})
    expect(request).toMatchObject({ kind: 'lock', inputs: { pythonVersions: ['3.9', '3.13'], projects: ['x'] } })
  })
})

describe('words behind a command', () => {
  it('are the project and package of explain, wherever options stand', () => {
    const words = ['explain', '--json', 'keystone', '-m', 'a.yml', 'six', '--python-version', '3.9']
    expect(readArguments(words, {})).toMatchObject({
      ...{ kind: 'explain', json: true },
      inputs: { project: 'keystone', package: 'six', from: { kind: 'manifest', file: 'a.yml' }, pythons: ['3.9'] },
    })
    expect(readArguments(['explain', 'keystone', '--plan', 'x'], {})).toMatchObject({
      inputs: { package: undefined, from: { kind: 'plan', file: 'x' } },
    })
    expect(readArguments(['explain', 'keystone'], {})).toMatchObject({ inputs: { from: { file: 'manifest.yml' } } })
  })

  it('are the two sides of diff', () => {
    expect(readArguments(['diff', 'a', 'b'], {})).toMatchObject({ kind: 'diff', inputs: { from: 'a', to: 'b' } })
    expect(readArguments(['diff', '--', '-a', 'b'], {})).toMatchObject({ inputs: { from: '-a' } })
  })

  it.each([
    ['explain'],
    ['explain', ''],
    ['explain', 'a', 'b', 'c'],
    ['diff', 'a'],
    ['diff', 'a', ''],
    ['build', '-m', 'a.yml', 'b'],
  ])('are refused where there are too many or few: %j', (...words) => {
    expect(() => readArguments(words, {})).toThrow(InputError)
  })
})

describe('a list that names nothing', () => {
  it.each([
    [['build', '-m', 'a.yml', '-p', ''], '--projects is empty.'],
    [['plan', '-m', 'a.yml', '--projects', ' , '], '--projects is empty.'],
    [['lock', '-m', 'a.yml', '-p', ','], '--projects is empty.'],
    [['lock', '-m', 'a.yml', '--python-version', ','], '--python-version is empty.'],
  ])('%j is refused', (words, message) => {
    const read = () => readArguments(words, {})
    expect(read).toThrow(InputError)
    expect(read).toThrow(message)
  })
})

describe('readArguments', () => {
  it('understands any words or throws an InputError', () => {
    const word = fc.oneof(
      fc.constantFrom('build', 'lock', 'explain', 'diff', '-m', '-s', '--only', '--help', '--', '-'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        try {
          expect(['help', 'version', 'build', 'lock', 'explain', 'diff']).toContain(readArguments(words, {}).kind)
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
        }
      }),
    )
  })
})

describe('names', () => {
  it('gives back any list that was joined by commas', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (list) => {
        expect(names({ get: () => list.join(' , ') }, 'x')).toEqual(list)
      }),
    )
  })
})
