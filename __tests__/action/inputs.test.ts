import { describe, expect, it } from 'vitest'
import { readInputs } from '../../src/action/inputs.js'
import { InputError } from '../../src/errors.js'

const RUNNER = { ACTIONS_RUNTIME_TOKEN: 'token', ACTIONS_RESULTS_URL: 'http://127.0.0.1/' }

function read(inputs: Readonly<Record<string, string>>, variables: Readonly<Record<string, string>> = RUNNER) {
  return readInputs((name) => inputs[name] ?? '', variables)
}

function problemsOf(inputs: Readonly<Record<string, string>>, variables?: Readonly<Record<string, string>>): string[] {
  try {
    read(inputs, variables)
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ message }) => message)
    throw error
  }
  return []
}

describe('inputs', () => {
  it.each([
    ['true', true],
    ['True', true],
    ['yes', true],
    ['on', true],
    ['false', false],
    ['FALSE', false],
    ['no', false],
    ['off', false],
    ['', true],
  ])('read the switch %j as %s', (value, expected) => {
    expect(read({ upload: value }).upload).toBe(expected)
  })

  it.each([
    ['a,b', ['a', 'b']],
    ['a\nb\n', ['a', 'b']],
    [' a , \n b', ['a', 'b']],
    ['', undefined],
    ['\n \n', undefined],
  ])('read the list %j as %j', (value, expected) => {
    expect(read({ projects: value }).build.projects).toEqual(expected)
  })

  it('give variables and settings line by line, commas and all', () => {
    const { build, plan } = read({
      set: ' vendor=ACME, Inc.\n\nfpm_options=[a, b]\n',
      vars: 'series=2025.1\r\nhosts=a,b',
      'vars-file': 'a.yml\n b.yml ',
    })
    const given = {
      set: ['vendor=ACME, Inc.', 'fpm_options=[a, b]'],
      vars: ['series=2025.1', 'hosts=a,b'],
      varsFiles: ['a.yml', 'b.yml'],
    }
    expect(build).toMatchObject(given)
    expect(plan).toMatchObject(given)
  })

  it.each(['version', 'type', 'packager', 'iteration', 'set', 'vars', 'vars-file'])(
    'refuse %s beside a plan that has decided it',
    (name) => {
      const value = { type: 'package', packager: 'nfpm', set: 'vendor=x', vars: 'a=b' }[name] ?? '1'
      expect(problemsOf({ plan: 'plan.json', [name]: value })).toEqual([
        `the inputs plan and ${name} don't go together: the plan has decided it.`,
      ])
    },
  )

  it('show commands where the runner debugs', () => {
    expect(read({}, { ...RUNNER, RUNNER_DEBUG: '1' }).debug).toBe(true)
    expect(read({ debug: 'false' }, { ...RUNNER, RUNNER_DEBUG: '1' }).debug).toBe(false)
  })

  it("take fpm's gems from the variable too, the input winning", () => {
    expect(read({}, { ...RUNNER, GIFTWRAP_FPM_GEMS: '/gems' }).build.fpmGems).toBe('/gems')
    expect(read({ 'fpm-gems': 'mine' }, { ...RUNNER, GIFTWRAP_FPM_GEMS: '/gems' }).build.fpmGems).toBe('mine')
  })

  it('are told all at once when they are wrong', () => {
    const problems = problemsOf({
      command: 'paint',
      upload: 'maybe',
      reuse: '2',
      packager: 'rpmbuild',
      type: 'snap',
      iteration: '0',
      version: '1/0',
      projects: ' , ',
      'artifact-name': 'a/b',
    })
    expect(problems).toEqual([
      'the input command is "paint"; it must be build or plan or publish.',
      'the input artifact-name is "a/b"; it must have none of " : < > | * ? \\ / and no line ends in it.',
      'the input version is "1/0"; it must not have slashes, blanks or control characters in it.',
      'the input type is "snap"; it must be one of package, docker.',
      'the input packager is "rpmbuild"; it must be one of auto, fpm, nfpm, native.',
      'the input iteration is "0"; it must be a whole number from 1 to 2147483647.',
      'the input projects is " , "; it must name something.',
      'the input reuse is "2"; it must be true or false.',
      'the input upload is "maybe"; it must be true or false.',
    ])
  })

  it.each(['"', ':', '<', '>', '|', '*', '?', '\r', '\n', '\\', '/'])('refuse %j in an artifact name', (character) => {
    expect(problemsOf({ 'artifact-name': `a${character}b` })).toHaveLength(1)
  })

  it('may be templates, which are checked with the manifest', () => {
    expect(read({ version: '{{ vars.series }}' }).build.version).toBe('{{ vars.series }}')
  })

  it('of a publication are read', () => {
    const variables = { ...RUNNER, GITHUB_RUN_ATTEMPT: '3' }
    expect(read({ command: 'publish' }, variables)).toMatchObject({
      ...{ command: 'publish', artifactPrefix: 'giftwrap-', attempt: 3 },
      publish: { results: undefined, allowPartial: false, replace: false, release: undefined },
    })
    const given = {
      ...{ results: 'out', 'allow-partial': 'true', replace: 'yes', release: 'true', tag: 'v1', 'release-name': 'One' },
      ...{ prerelease: 'true', draft: 'true', token: 'ghs_x', 'artifact-prefix': 'mine-' },
    }
    expect(read({ command: 'publish', ...given }, variables)).toMatchObject({
      artifactPrefix: 'mine-',
      publish: {
        ...{ results: 'out', allowPartial: true, replace: true },
        release: { tag: 'v1', name: 'One', prerelease: true, draft: true, token: 'ghs_x' },
      },
    })
    expect(read({}).attempt).toBe(1)
  })

  it('of a release want a token, where it is made', () => {
    expect(problemsOf({ command: 'publish', release: 'true' })).toEqual(['the input release needs a token.'])
    expect(problemsOf({ command: 'build', release: 'true' })).toEqual([])
  })

  it.each<[Readonly<Record<string, string>>, boolean]>([
    [{}, true],
    [{ plan: 'plan.json', results: 'out' }, true],
    [{ plan: 'plan.json', results: 'out', upload: 'false' }, false],
    [{ plan: 'plan.json', results: 'out', release: 'true', token: 'ghs_x' }, false],
    [{ plan: 'plan.json', release: 'true', token: 'ghs_x' }, true],
    [{ results: 'out', upload: 'false' }, true],
  ])('of a publication %j: a service for artifacts is needed: %s', (inputs, needed) => {
    expect(problemsOf({ command: 'publish', ...inputs }, {})).toHaveLength(needed ? 1 : 0)
  })

  it('ask for no upload where the runner names no service', () => {
    expect(problemsOf({}, {})).toEqual([
      'the packages could not be uploaded: the runner names no service for artifacts.',
    ])
    expect(problemsOf({ upload: 'false' }, {})).toEqual([])
    expect(problemsOf({ 'dry-run': 'true' }, {})).toEqual([])
  })
})
