import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { dump } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { readInventory } from '../../src/tested/inventory.js'
import { HAS_SHARED, SHARED } from '../support/paths.js'
import { need } from '../support/requirements.js'
import { anyText } from './any-text.js'

const COMMIT = '48fb5c24764d91833d8ca7084ee9f183785becd6'
const NOTHING = { requirementsCommit: undefined, python: undefined }
const inventory = (projects: string, python = "'3.9'") => {
  return `all:\n  vars:\n    python_version: ${python}\n    zuul:\n      projects:\n${projects.replace(/^/gm, '        ')}\n`
}
const PROJECTS = `opendev.org/openstack/requirements:\n  commit: ${COMMIT}\n  name: openstack/requirements`

describe('zuul-info-inventory.yaml', () => {
  it('has the commit of the requirements and the Python', (context) => {
    need(context, HAS_SHARED, 'the folder ../shared with an inventory')
    const text = readFileSync(join(SHARED, 'fixtures', 'zuul-info-inventory.yaml'), 'utf8')
    expect(readInventory(text)).toEqual({ requirementsCommit: COMMIT, python: '3.9' })
  })
})

describe('readInventory', () => {
  it.each<[string, string, string]>([
    ['opendev.org', PROJECTS, '3.11'],
    [
      'another host',
      `git.example/openstack/requirements:\n  commit: ${COMMIT}\n  name: openstack/requirements`,
      '3.11',
    ],
    [
      'opendev.org before another host',
      `git.example/openstack/requirements:\n  commit: ${'0'.repeat(40)}\n  name: openstack/requirements\n${PROJECTS}`,
      '3.11',
    ],
    [
      'a list',
      `- name: openstack/nova\n  commit: ${'0'.repeat(40)}\n- name: openstack/requirements\n  commit: ${COMMIT}`,
      '3.11',
    ],
    ['another tag than YAML knows', PROJECTS.replace('commit: ', 'commit: !unsafe '), '3.11'],
    [
      'an alias',
      `a: &id001\n  commit: ${COMMIT}\n  name: openstack/nova\nopendev.org/openstack/requirements: *id001`,
      '3.11',
    ],
    ['a Python that is a number', PROJECTS, '3.10'],
  ])('reads %s', (_what, projects, python) => {
    expect(readInventory(inventory(projects, python))).toEqual({ requirementsCommit: COMMIT, python })
  })

  it('reads JSON, which is YAML', () => {
    const json = { all: { vars: { zuul: { projects: { 'opendev.org/openstack/requirements': { commit: COMMIT } } } } } }
    expect(readInventory(JSON.stringify(json)).requirementsCommit).toBe(COMMIT)
  })

  it('takes the Python of a host where the job has none', () => {
    expect(readInventory('all:\n  hosts:\n    a: {}\n    b:\n      python_version: 3.12\n').python).toBe('3.12')
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['HTML', '<!DOCTYPE html><html><body>expired: yes</body></html>'],
    ['no YAML', 'all: [\n'],
    ['other YAML', '- all'],
    ['a map of other things', 'all: {vars: {zuul: {projects: text}}, hosts: text}'],
    ['a branch for a commit', inventory(PROJECTS.replace(COMMIT, 'master'), '3')],
    ['a commit with more behind', inventory(PROJECTS.replace(COMMIT, `"${COMMIT}\\n--upload-pack=x"`), '"3.9 "')],
    ['more projects', inventory(`opendev.org/openstack/nova:\n  commit: ${COMMIT}\n  name: openstack/nova`, 'python3')],
    [
      'a project below another name',
      inventory(`x/openstack/requirements:\n  commit: ${COMMIT}\n  name: other/requirements`, '[]'),
    ],
    ['an alias of nothing', inventory('opendev.org/openstack/requirements: *gone', '*gone')],
    ['what holds itself', 'all: &a\n  vars: *a\n  hosts: *a\n'],
    ['another document', '---\na: 1\n---\nall: {vars: {python_version: "3.9"}}\n'],
    ['another prototype', '__proto__: {all: {vars: {python_version: "3.9"}}}'],
  ])('says nothing of %s', (_what, text) => {
    expect(readInventory(text)).toEqual(NOTHING)
  })

  it('says nothing of what is too large or too deep', () => {
    const small = inventory(PROJECTS)
    expect(readInventory(small)).not.toEqual(NOTHING)
    expect(readInventory(`${small}# ${'x'.repeat(8 * 1024 * 1024)}`)).toEqual(NOTHING)
    expect(readInventory(`${small}x: [${'a,'.repeat(600_000)}]`)).toEqual(NOTHING)
    expect(readInventory(`${small}x: ${'['.repeat(100)}${']'.repeat(100)}`)).toEqual(NOTHING)
  })

  it('stands a bomb of aliases', () => {
    const levels = Array.from({ length: 60 }, (_, index) => {
      return `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(', ')}]\n`
    })
    expect(readInventory(`a0: &a0 [x]\n${levels.join('')}${inventory(PROJECTS)}`).requirementsCommit).toBe(COMMIT)
  })

  it('throws at nothing', () => {
    const piece = fc.constantFrom(
      'all:',
      '\n',
      '  ',
      'vars: ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ',',
      ': ',
      '&a ',
      '*a',
      '!x ',
      '|',
      '>',
      '"',
      "'",
      '? ',
      '---',
      '%YAML 1.2',
      '<<: ',
      '#',
      '\t',
      '\\x',
      '!!binary ',
    )
    const text = fc.array(fc.oneof({ arbitrary: piece, weight: 4 }, anyText(4))).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.boolean(), (some, isInside) => {
        const { requirementsCommit } = readInventory(isInside ? `all:\n  ${some}` : some)
        expect(requirementsCommit).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('reads back what Zuul writes', () => {
    const word = fc.stringMatching(/^[a-z]{1,10}$/)
    fc.assert(
      fc.property(fc.dictionary(word, fc.oneof(word, fc.array(word), fc.double(), fc.boolean())), (more) => {
        const requirements = { ...more, name: 'openstack/requirements', commit: COMMIT }
        const zuul = { ...more, projects: { ...more, 'opendev.org/openstack/requirements': requirements } }
        const text = dump({ all: { hosts: { a: more }, vars: { ...more, python_version: 3.11, zuul } } })
        expect(readInventory(text)).toEqual({ requirementsCommit: COMMIT, python: '3.11' })
      }),
    )
  })

  it.each(['[', '{', ': ', '- ', '? ', 'a: ', '"', '|\n', ' ', '\t', '&a ', '*a ', '!', '\n', 'a:\n ', '#'])(
    'reads a megabyte of %j',
    (piece) => {
      const text = piece.repeat(1_000_000 / piece.length)
      for (const some of [text, `all: ${text}`, `all: [${text}`, `all: "${text}`, `all: |\n  ${text}`]) {
        expect(readInventory(some)).toEqual(NOTHING)
      }
    },
  )
})
