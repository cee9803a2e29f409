import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { loadManifest, readManifest } from '../../src/manifest/read-manifest.js'
import { manifestJsonSchema } from '../../src/manifest/reference/json-schema.js'

const root = new URL('../../', import.meta.url)
const textOf = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const examples = readdirSync(new URL('examples/', root)).filter((name) => /\.ya?ml$/.test(name))
const blocks = [...textOf('docs/manifest.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)

const committed: Readonly<Record<string, unknown>> = JSON.parse(textOf('giftwrap.schema.json'))
const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(committed)
const accepts = (text: string): boolean => validate(load(text))

it('giftwrap.schema.json is current: npm run docs', () => {
  expect(committed).toEqual(JSON.parse(JSON.stringify(manifestJsonSchema())))
})

describe('examples', () => {
  it.each(examples)('%s names the schema, fits it and loads', async (name) => {
    const text = textOf(`examples/${name}`)
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../giftwrap.schema.json')
    expect(accepts(text)).toBe(true)
    await readManifest(new URL(`examples/${name}`, root).pathname)
  })

  it.each(blocks.map((text) => [text.slice(0, 60), text] as const))('of the docs: %s', async (_, text) => {
    const path = join(await mkdtemp(join(tmpdir(), 'giftwrap-docs-')), 'manifest.yml')
    await writeFile(path, text)
    expect(accepts(text)).toBe(true)
    await loadManifest(path, {}, { keys: [] })
  })

  it('are there', () => {
    expect(examples.length).toBeGreaterThan(0)
    expect(blocks.length).toBeGreaterThan(2)
  })
})

const ofSettings = (text: string): string => `settings: {version: 1, ${text}}\nprojects: [{name: a}]`
const ofProject = (text: string): string => `settings: {version: 1}\nprojects: [{name: a, ${text}}]`

describe('the schema for editors', () => {
  it.each([
    'settings: {version: 10.0}\nprojects: [{name: a}]',
    ofSettings('force_overwrite: yes'),
    ofSettings('force_overwrite: true'),
    ofSettings('force_overwrite: "{{ vars.force }}"'),
    ofSettings('jobs: 4'),
    ofSettings('jobs: "4"'),
    ofSettings('build_type: "{{ vars.type }}"'),
    ofSettings('vendor: ~'),
    ofSettings('constraints: a.txt'),
    ofSettings('constraints: [a.txt]'),
    ofSettings('labels: {org.opencontainers.image.title: x}'),
    ofSettings('sign: {deb: 0xAB}'),
    ofProject('system_dependencies: [a]'),
    ofProject('system_dependencies: {dpkg: [a]}'),
    ofProject('pip_overrides: ["a==1", {requirement: "b==2", reason: x}]'),
    ofProject('services: [{name: a, command: b, environment: {X: 1}}]'),
    ofProject('scripts: {before_install: "echo", after_remove: {file: x.sh}}'),
    ofProject('commands: [a]'),
    ofProject('smoke_test: false'),
    'include: a.yml',
    'include: [a.yml]',
    'targets: [debian12, {id: x, image: y, arch: [amd64]}]',
    'overrides: [{select: "a-*", inherit: append, extras: [x], settings: {user: a}}]',
    'vars: {a: 1, b: [2], c: {d: e}}',
    'superrepo: ../all',
  ])('takes %s', (text) => {
    expect(accepts(text)).toBe(true)
  })

  it.each([
    ofSettings('versoin: 1'),
    ofSettings('force_overwrite: maybe'),
    ofSettings('jobs: 0'),
    ofSettings('jobs: many'),
    ofSettings('build_type: deb'),
    ofSettings('constraints: {a: b}'),
    ofSettings('labels: [a]'),
    ofSettings('sign: {exe: x}'),
    ofProject('nam: b'),
    ofProject('extras: ldap'),
    ofProject('services: [{nme: a}]'),
    ofProject('scripts: {before: x}'),
    'projects: [{gitref: x}]',
    'projects: {a: b}',
    'targets: [{image: x}]',
    'overrides: [{extras: [a]}]',
    'overrides: [{select: a, name: b}]',
    'overrides: [{select: a, inherit: both}]',
    'vars: {a-b: 1}',
    'nothing: 1',
  ])('refuses %s', (text) => {
    expect(accepts(text)).toBe(false)
  })
})
