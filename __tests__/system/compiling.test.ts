import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { manifestText } from '../support/build-scene.js'
import { REPOSITORY } from '../support/paths.js'
import { writeProject } from '../support/python-project.js'
import { hasTool, need } from '../support/requirements.js'
import { scratch } from '../support/scratch.js'

const IMAGE = 'debian:bookworm'
const execute = promisify(execFile)

async function docker(...words: readonly string[]): Promise<string> {
  const { stdout, stderr } = await execute('docker', ['run', '--rm', '--init', '--network', 'host', ...words], {
    maxBuffer: 1 << 28,
  })
  return stdout + stderr
}

it('a bare container gets compilers and headers for the one source that needs them, and the package works in another', {
  timeout: 480_000,
}, async (context) => {
  need(context, process.getuid?.() === 0 && hasTool('docker'), 'root and docker')
  const images = await execute('docker', ['images', '--quiet', IMAGE]).catch(() => ({ stdout: '' }))
  need(context, images.stdout !== '', `the image ${IMAGE}`)
  const folder = scratch()
  cpSync(join(REPOSITORY, 'dist'), join(folder, 'dist'), { recursive: true })
  // psycopg2 has no wheel for Linux; iniconfig is there to be no reason for compilers.
  writeProject(join(folder, 'hello'), {
    dependencies: ['psycopg2==2.9.9', 'iniconfig'],
    files: { 'bindep.txt': 'libpq-dev [platform:dpkg]\npostgresql-server-dev-all [platform:rpm]\nmariadb-server\n' },
  })
  writeFileSync(join(folder, 'manifest.yml'), manifestText())
  const mounts = ['-v', `${process.execPath}:/usr/local/bin/node:ro`, '-v', `${folder}:${folder}`]
  const words = ['build', '-m', join(folder, 'manifest.yml'), '-o', join(folder, 'out'), '--disposable', '-d']
  const said = await docker(...mounts, '--workdir', folder, IMAGE, 'node', join(folder, 'dist/cli.js'), ...words)
  expect(said).toMatch(
    /installing (.*, )?build-essential \(to compile psycopg2 2\.9\.9\), .*libpq-dev \(to compile psycopg2 2\.9\.9\)/,
  )
  expect(said).not.toContain('mariadb')
  const [leg = ''] = readdirSync(join(folder, 'out'))
  const record = JSON.parse(readFileSync(join(folder, 'out', leg, 'provenance.json'), 'utf8'))
  expect(record.relations).toContainEqual({
    relation: expect.stringMatching(/^libpq5 \(>= [\d.~]+\)$/),
    source: 'elf',
    why: expect.stringMatching(/^libpq\.so\.5 is needed by \S+\/_psycopg\S+\.so of psycopg2 2\.9\.9$/),
  })
  const use = 'apt-get -q update && apt-get -q -y install --no-install-recommends /package/*.deb && "$@"'
  const python = '/opt/giftwrap-test/hello/bin/python'
  const proof = ['sh', '-c', use, 'sh', python, '-c', 'import psycopg2; print("libpq", psycopg2.__libpq_version__)']
  const proven = await docker(
    '-v',
    `${join(folder, 'out', leg)}:/package:ro`,
    '-e',
    'DEBIAN_FRONTEND=noninteractive',
    IMAGE,
    ...proof,
  )
  expect(proven).toMatch(/^libpq 1\d+$/m)
  expect(proven).not.toMatch(/Setting up (gcc|libpq-dev)/)
})
