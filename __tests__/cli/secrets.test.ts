import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { debsOf, fetchTools, makeScene, readResultFile, type Scene } from '../support/build-scene.js'
import { packageText } from '../support/deb.js'
import { serveGit } from '../support/git-http.js'
import { gitRepository } from '../support/git-repository.js'
import { serve } from '../support/loopback.js'
import { writeProject } from '../support/python-project.js'
import { scratch } from '../support/scratch.js'

beforeAll(fetchTools)

const USER = { name: 'builder', password: 'corr3ct-h0rse' }
const withUser = (url: string) => url.replace('://', `://${USER.name}:${USER.password}@`)

/** Files of a run that hold the password: the manifest, which has it from the user, may. */
function filesWithPassword(scene: Scene): string[] {
  const unpacked = join(scene.folder, 'unpacked')
  for (const deb of readdirSync(scene.folder).includes('out') ? debsOf(scene.output) : []) {
    execFileSync('dpkg-deb', ['-R', deb, unpacked])
  }
  return readdirSync(scene.folder, { recursive: true, encoding: 'utf8' }).filter((path) => {
    const file = join(scene.folder, path)
    if (path === 'manifest.yml' || /^cache\/giftwrap-(uv|nfpm)/.test(path)) return false
    return statSync(file, { throwIfNoEntry: false })?.isFile() && readFileSync(file).includes(USER.password)
  })
}

describe('a password in the URL of the git repository', () => {
  it('opens it, and is nowhere in output, logs, results, caches and packages', async () => {
    const root = scratch()
    const repository = gitRepository(join(root, 'hello.git'))
    writeProject(repository.folder)
    const commit = repository.commit({})
    const { url } = await serveGit(root, USER)
    const scene = makeScene(scratch(), { projects: [{ name: 'hello', giturl: `${withUser(url)}/hello.git/.git` }] })

    const { code, stdout, stderr } = await scene.build(['-d'])
    expect(stderr).not.toContain('giftwrap:')
    expect(code).toBe(0)
    expect(stdout + stderr).not.toContain(USER.password)
    expect(stderr).toContain(`${url.replace('://', '://***@')}/hello.git`)
    expect(readResultFile(scene.output).source).toBe(`git ${commit}`)
    const [deb = ''] = debsOf(scene.output)
    expect(packageText(deb, '/share/giftwrap/provenance.json')).toContain(`"url": "http://***@127`)
    expect(filesWithPassword(scene)).toEqual([])
  })

  it('that is wrong is an input error without the password', async () => {
    const root = scratch()
    gitRepository(join(root, 'hello.git')).commit({})
    const { url } = await serveGit(root, { ...USER, password: 'another' })
    const scene = makeScene(scratch(), { projects: [{ name: 'hello', giturl: `${withUser(url)}/hello.git/.git` }] })
    const { code, stdout, stderr } = await scene.build(['-d'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/can't be read/)
    expect(stdout + stderr).not.toContain(USER.password)
    expect(filesWithPassword(scene)).toEqual([])
  })
})

describe('a password in the URL of constraints', () => {
  it('opens them, and is nowhere in output, logs, results, caches, locks and packages', async () => {
    const expected = `Basic ${Buffer.from(`${USER.name}:${USER.password}`).toString('base64')}`
    const { url } = await serve((request, response) => {
      const known = request.headers.authorization === expected
      response.writeHead(known ? 200 : 401).end(known ? 'six===1.16.0\n' : 'who are you?')
    })
    const constraints = [`${withUser(url)}/upper.txt`]
    const scene = makeScene(scratch(), { settings: { constraints } }, { dependencies: ['six'] })
    const locked = await scene.run(['lock', '-m', 'manifest.yml', '-d'])
    expect(locked.stderr).not.toContain('giftwrap:')
    const { code, stdout, stderr } = await scene.build(['-d'])
    expect(code).toBe(0)
    expect(readResultFile(scene.output).lock).toMatchObject({ origin: 'committed', distributions: 1 })
    expect(locked.stdout + locked.stderr + stdout + stderr).not.toContain(USER.password)
    expect(filesWithPassword(scene)).toEqual([])
  })

  it('is not in the message when the server is not there', async () => {
    const scene = makeScene(scratch(), { settings: { constraints: [withUser('http://127.0.0.1:2/upper.txt')] } })
    const { code, stdout, stderr } = await scene.build(['-d'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/http:\/\/\*\*\*@127\.0\.0\.1:2\/upper\.txt can't be fetched: .*ECONNREFUSED/)
    expect(stdout + stderr).not.toContain(USER.password)
  })
})

describe("secrets of the caller's environment", () => {
  it("are not given to the project's own build", async () => {
    const setup = `import os
from setuptools import setup
names = sorted(name for name, value in os.environ.items() if value == ${JSON.stringify(USER.password)})
raise SystemExit('sees: ' + ' '.join(names) + '.')
`
    const scene = makeScene(scratch(), {}, { files: { 'setup.py': setup } })
    const names = ['GITHUB_TOKEN', 'GH_TOKEN', 'ACTIONS_RUNTIME_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'INPUT_TOKEN']
    const env = Object.fromEntries([...names, 'SOMETHING_ELSE'].map((name) => [name, USER.password]))
    const { code, stderr } = await scene.build([], { env })
    expect(code).toBe(4)
    expect(stderr).toContain('sees: SOMETHING_ELSE.')
  })
})
