import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { fetchTools, makeScene, readResultFile, type Scene } from '../support/build-scene.js'
import { writeProject } from '../support/python-project.js'
import { scratch, writeFiles } from '../support/scratch.js'

beforeAll(fetchTools)

function lockable(): Scene {
  const scene = makeScene(scratch(), { settings: { constraints: ['upper.txt'] } }, { dependencies: ['six'] })
  writeFiles(scene.folder, { 'upper.txt': 'six===1.16.0\n' })
  return scene
}

const locks = (scene: Scene) => readdirSync(join(scene.folder, 'locks')).sort()

describe('giftwrap lock', () => {
  it('writes locks beside the manifest that the next build uses, with --locked too', async () => {
    const scene = lockable()
    const { code, stdout, stderr } = await scene.run(['lock', '-m', 'manifest.yml'])
    expect(stderr).not.toContain('giftwrap:')
    expect(code).toBe(0)
    const [build = '', text = '', record = ''] = locks(scene)
    expect(text).toMatch(/^hello-1\.2\.3-py3\.\d+\.txt$/)
    expect(build).toBe(text.replace('.txt', '-build.txt'))
    expect(record).toBe('hello-1.2.3.json')
    expect(stdout).toBe(`${join(scene.folder, 'locks', text)}\n`)
    expect(readFileSync(join(scene.folder, 'locks', text), 'utf8')).toMatch(/^six==1\.16\.0 \\\n {4}--hash=sha256:/)
    expect(existsSync(scene.output)).toBe(false)

    const built = await scene.build(['--locked', '-d'])
    expect(built.code).toBe(0)
    expect(built.stderr).not.toContain('uv pip compile')
    expect(readResultFile(scene.output)).toMatchObject({
      status: 'ok',
      lock: { origin: 'committed', distributions: 1 },
      warnings: [],
    })
  })

  it('locks for several Pythons', async () => {
    const scene = lockable()
    const { code } = await scene.run(['lock', '-m', 'manifest.yml', '--python-version', '3.10,3.12'])
    expect(code).toBe(0)
    const names = ['py3.10', 'py3.12'].flatMap((py) => [`hello-1.2.3-${py}-build.txt`, `hello-1.2.3-${py}.txt`])
    expect(locks(scene)).toEqual([...names, 'hello-1.2.3.json'])
  })

  it('resolves anew each time: what the cache holds does not count', async () => {
    const scene = lockable()
    await scene.run(['lock', '-m', 'manifest.yml'])
    const { code, stderr } = await scene.run(['lock', '-m', 'manifest.yml', '-d'])
    expect(code).toBe(0)
    expect(stderr).toContain('uv pip compile')
  })

  it('refuses a Python that is none', async () => {
    const { code, stderr } = await lockable().run(['lock', '-m', 'manifest.yml', '--python-version', '3.11.2'])
    expect(code).toBe(2)
    expect(stderr).toContain('"3.11.2" is not a Python version')
  })

  it('that fails is exit code 4 with a log that is there', async () => {
    const scene = lockable()
    writeProject(scene.project, { dependencies: ['six==0.0.0.dev0'] })
    const { code, stderr } = await scene.run(['lock', '-m', 'manifest.yml'])
    expect(code).toBe(4)
    const log = /^ {2}log: (.+)$/m.exec(stderr)?.[1] ?? ''
    expect(readFileSync(log, 'utf8')).toMatch(/six==0\.0\.0\.dev0/)
    expect(existsSync(join(scene.folder, 'locks'))).toBe(false)
  })
})

describe('--locked', () => {
  it('fails where there is no lock', async () => {
    const scene = lockable()
    const { code, stderr } = await scene.build(['--locked'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/--locked: the lock of hello 1\.2\.3 for Python 3\.\d+ is not there/)
    expect(stderr).toContain('giftwrap lock')
    expect(existsSync(scene.output)).toBe(false)
  })

  it('fails where the lock is stale, and a build without it warns and resolves', async () => {
    const scene = lockable()
    await scene.run(['lock', '-m', 'manifest.yml'])
    writeFileSync(join(scene.folder, 'upper.txt'), 'six===1.17.0\n')
    const { code, stderr } = await scene.build(['--locked'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/is stale: its constraints is not the manifest's/)
    expect(existsSync(scene.output)).toBe(false)

    const built = await scene.build()
    expect(built.code).toBe(0)
    expect(built.stderr).toMatch(/warning: hello: .*locks\/hello-.* is not used/)
    expect(readResultFile(scene.output)).toMatchObject({
      lock: { origin: 'resolved' },
      warnings: [expect.stringContaining('is not used')],
    })
  })

  it('fails where the lock was edited by hand', async () => {
    const scene = lockable()
    await scene.run(['lock', '-m', 'manifest.yml'])
    const text = locks(scene).find((name) => name.endsWith('.txt')) ?? ''
    writeFileSync(join(scene.folder, 'locks', text), 'six==1.15.0 --hash=sha256:00\n')
    const { code, stderr } = await scene.build(['--locked'])
    expect(code).toBe(2)
    expect(stderr).toContain('it was edited by hand')
  })

  it('fails where the record of the lock is gone', async () => {
    const scene = lockable()
    await scene.run(['lock', '-m', 'manifest.yml'])
    for (const name of locks(scene)) if (name.endsWith('.json')) rmSync(join(scene.folder, 'locks', name))
    const { code, stderr } = await scene.build(['--locked'])
    expect(code).toBe(2)
    expect(stderr).toContain('does not say what it was made of')
  })
})
