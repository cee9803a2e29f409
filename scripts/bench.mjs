// Measures giftwrap beside the raw tools that it stands on, in one run: keystone of examples/, caches warm.
// Usage: npm run bench [-- --runs N] [-- --original]
//   --original  also what the tool of 2014 did: one `pip install` for each dependency, then fpm's defaults (minutes)
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' }, original: { type: 'boolean' } } })
const runs = Number(values.runs)
const cache = join(root, 'node_modules', '.cache', 'giftwrap-bench')
const scratch = mkdtempSync(join(tmpdir(), 'giftwrap-bench-'))
process.env.RUNNER_TOOL_CACHE = cache
process.env.UV_SYSTEM_CERTS ??= '1'

const python = '/usr/bin/python3'
const minor = execFileSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
  encoding: 'utf8',
}).trim()
const lock = join(root, 'examples', 'locks', `keystone-27.0.2-py${minor}.txt`)

const tool = (...argv) => execFileSync(argv[0], argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] })
const giftwrap = (output, ...options) => [
  ...[
    process.execPath,
    join(root, 'dist', 'cli.js'),
    'build',
    '--locked',
    '-m',
    join(root, 'examples', 'keystone.yml'),
  ],
  ...['-o', join(scratch, output), ...options],
]

/** Seconds of a command, and the peak memory of its first process in megabytes. */
async function measure(argv) {
  const start = performance.now()
  const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] })
  let peak = 0
  const watch = setInterval(() => {
    try {
      const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
      peak = Math.max(peak, Number(kilobytes ?? 0) / 1000)
    } catch {
      // gone
    }
  }, 20)
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(watch)
  if (code !== 0) throw new Error(`${argv.join(' ')}\n${complaint}`)
  return { seconds: (performance.now() - start) / 1000, megabytes: peak }
}

/** The same work by hand: environment, locked dependencies, wheel of the project, deb. */
function rawTools(number) {
  const uv = join(cache, 'giftwrap-uv', readdirSync(join(cache, 'giftwrap-uv'))[0], process.arch, 'uv')
  const sdists = join(cache, 'giftwrap-sdist', 'keystone-27.0.2', 'any')
  const work = join(scratch, `raw-${number}`)
  const tree = join(work, 'root', 'opt', 'openstack', 'keystone')
  mkdirSync(join(work, 'root', 'DEBIAN'), { recursive: true })
  const start = performance.now()
  tool('tar', '-xf', join(sdists, readdirSync(sdists)[0]), '-C', work)
  tool(uv, 'venv', '-q', '--no-project', '--python', python, tree)
  const install = [uv, 'pip', 'install', '-q', '--python', join(tree, 'bin', 'python'), '--no-deps']
  tool(...install, '--require-hashes', '-r', lock)
  tool(
    uv,
    'build',
    '-q',
    '--wheel',
    '--python',
    python,
    '--out-dir',
    join(work, 'wheels'),
    join(work, 'keystone-27.0.2'),
  )
  const [wheel] = readdirSync(join(work, 'wheels')).filter((name) => name.endsWith('.whl'))
  tool(...install, '--offline', join(work, 'wheels', wheel))
  const control = [
    'Package: keystone',
    'Version: 1',
    'Architecture: amd64',
    'Maintainer: x <x@localhost.invalid>',
    'Description: x',
  ]
  writeFileSync(join(work, 'root', 'DEBIAN', 'control'), `${control.join('\n')}\n`)
  tool('dpkg-deb', '-Zzstd', '-z3', '--root-owner-group', '-b', join(work, 'root'), join(work, 'raw.deb'))
  const seconds = (performance.now() - start) / 1000
  rmSync(work, { recursive: true })
  return { seconds, megabytes: 0 }
}

/** The way of the original: a pip that resolves nothing twice, one dependency at a time, then fpm's defaults. */
function originalWay() {
  const work = join(scratch, 'original')
  const tree = join(work, 'keystone')
  mkdirSync(work)
  const requirements = readFileSync(lock, 'utf8').match(/^[a-z0-9._-]+==\S+/gim)
  const start = performance.now()
  tool(python, '-m', 'venv', tree)
  const pip = [join(tree, 'bin', 'pip'), 'install', '-q']
  for (const requirement of requirements) tool(...pip, requirement)
  tool(...pip, 'keystone==27.0.2', '--no-binary', 'keystone')
  tool('fpm', '-s', 'dir', '-t', 'deb', '-n', 'keystone', '-v', '1', '-p', join(work, 'original.deb'), tree)
  return { seconds: (performance.now() - start) / 1000, megabytes: 0 }
}

/** 30 projects × 12 targets × 2 architectures × 3 versions, grouped for a matrix. */
function planOf2160Legs() {
  const manifest = join(scratch, 'many.yml')
  const ids = ['debian11', 'debian12', 'debian13', 'ubuntu22.04', 'ubuntu24.04', 'ubuntu26.04']
  const others = ['rocky8', 'rocky9', 'rocky10', 'almalinux9', 'fedora43', 'alpine3.22']
  const targets = [...ids, ...others].map((id) => ({ id, arch: ['amd64', 'arm64'] }))
  const install_path = '/opt/many/{{ project.name }}-{{ project.version }}'
  const projects = Array.from({ length: 90 }, (_, n) => {
    return { name: `p${n % 30}`, version: `${Math.floor(n / 30)}.0`, install_path }
  })
  writeFileSync(manifest, JSON.stringify({ settings: { version: '1' }, targets, projects }))
  const options = ['--dry-run', '--json', '--group-by', 'target']
  return [process.execPath, join(root, 'dist', 'cli.js'), 'plan', '-m', manifest, ...options]
}

/** keystone's locked versions as constraints of a manifest, and of uv alone. */
function lockScene() {
  const folder = join(scratch, 'lock')
  mkdirSync(folder)
  const versions = readFileSync(lock, 'utf8').match(/^[a-z0-9._-]+==[^\s;]+/gim)
  writeFileSync(join(folder, 'constraints.txt'), `${versions.join('\n')}\n`)
  const settings = { version: '1', gerrit_dependencies: false, constraints: ['constraints.txt'] }
  const projects = [{ name: 'keystone', version: '27.0.2', sdist: 'keystone==27.0.2' }]
  writeFileSync(join(folder, 'manifest.yml'), JSON.stringify({ settings, projects }))
  const uv = join(cache, 'giftwrap-uv', readdirSync(join(cache, 'giftwrap-uv'))[0], process.arch, 'uv')
  writeFileSync(join(folder, 'requirements.in'), 'keystone==27.0.2\n')
  const raw = ['pip', 'compile', '-q', '--generate-hashes', '--python', python, '-c', join(folder, 'constraints.txt')]
  return {
    raw: [uv, ...raw, join(folder, 'requirements.in'), '-o', join(folder, 'raw.txt')],
    giftwrap: [process.execPath, join(root, 'dist', 'cli.js'), 'lock', '-m', join(folder, 'manifest.yml')],
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

try {
  const fpm = process.env.GIFTWRAP_FPM_GEMS !== undefined
  tool(...giftwrap('warm', '--packager', 'nfpm'))
  if (fpm) tool(...giftwrap('warm-fpm', '--packager', 'fpm'))
  const locking = lockScene()
  const rows = new Map([
    ['raw tools (uv, dpkg-deb)', (n) => rawTools(n)],
    ['giftwrap, nfpm', (n) => measure(giftwrap(`nfpm-${n}`, '--packager', 'nfpm', '--no-reuse'))],
    ...(fpm ? [['giftwrap, fpm', (n) => measure(giftwrap(`fpm-${n}`, '--packager', 'fpm', '--no-reuse'))]] : []),
    ['giftwrap, nothing changed', () => measure(giftwrap('warm', '--packager', 'nfpm'))],
    ['giftwrap plan, 2160 legs', () => measure(planOf2160Legs())],
    ['raw uv pip compile', () => measure(locking.raw)],
    ['giftwrap lock, anew', () => measure(locking.giftwrap)],
    ['giftwrap --version', () => measure([process.execPath, join(root, 'dist', 'cli.js'), '--version'])],
  ])
  const measured = new Map([...rows.keys()].map((name) => [name, []]))
  // In turn, so that a machine that slows down slows all of them.
  for (let run = 0; run < runs; run++) for (const [name, once] of rows) measured.get(name).push(await once(run))
  if (values.original) measured.set("the original's way", [originalWay()])
  const base = median(measured.get('raw tools (uv, dpkg-deb)').map(({ seconds }) => seconds))
  console.log(`keystone 27.0.2, Python ${minor}, caches warm, median of ${runs}`)
  for (const [name, list] of measured) {
    const seconds = median(list.map((one) => one.seconds))
    const megabytes = Math.max(...list.map((one) => one.megabytes))
    const memory = megabytes === 0 ? '' : `${megabytes.toFixed(0).padStart(6)} MB of our own`
    console.log(
      `${name.padEnd(28)}${seconds.toFixed(2).padStart(8)} s${(seconds / base).toFixed(2).padStart(8)} × raw${memory}`,
    )
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
