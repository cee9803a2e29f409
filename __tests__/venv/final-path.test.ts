import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import type { Ports } from '../../src/runtime/ports.js'
import { choosePlacement, inNamespace, prepareStage } from '../../src/venv/final-path.js'
import { AS_ORDINARY_USER, needOrdinaryUser, needRoot, ORDINARY_USER } from '../support/ordinary-user.js'
import { need } from '../support/requirements.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { execBehind, testPorts } from '../support/test-ports.js'

/** A folder as `/opt` is one: with what others keep there. */
function realFolder(parent: string): string {
  const real = join(parent, 'real')
  writeFiles(real, { 'tools/deep/file': 'tool', '.hidden/x': 'hidden', '..odd': 'odd', 'a file': 'a', '*': 'star' })
  symlinkSync('tools', join(real, 'link'))
  symlinkSync('/nowhere', join(real, 'dangling'))
  return real
}

const listing = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()

/** Runs a shell script where the install path stands at its place; gives what it prints. */
async function inside(installPath: string, work: string, script: string, ports: Ports, prefix: readonly string[] = []) {
  const stage = await prepareStage(installPath, work)
  for (const path of [stage.folder, join(stage.tree, '..')]) chmodSync(path, 0o777)
  const kind = prefix.length > 0 ? ('user-namespace' as const) : ('root' as const)
  const caller = { uid: 0, gid: 0, path: '/usr/bin:/bin' }
  const command = inNamespace({ argv: ['sh', '-euc', script, 'sh', installPath], cwd: work }, stage, kind, caller)
  const exec = execBehind(prefix, ports.exec)
  return { stage, ...(await exec.run(command)) }
}

const SCRIPT = `mkdir -p "$1"; echo made >"$1/made"; cd "$(dirname "$1")"; ls -A; pwd`

describe.each([
  ['root', [], needRoot],
  ['an ordinary user', AS_ORDINARY_USER, needOrdinaryUser],
] as const)('a private mount namespace of %s', (_who, prefix, needs) => {
  it('shows what is made at its final path, all else beside it, and leaves the host as it was', async (context) => {
    needs(context)
    const folder = scratch()
    const real = realFolder(folder)
    const work = join(folder, 'work')
    mkdirSync(work)
    const before = listing(real)
    const script = `${SCRIPT}; cat link/deep/file .hidden/x ..odd 'a file' '*'`
    const { stage, stdout } = await inside(join(real, 'app'), work, script, testPorts(), prefix)
    const [words = ''] = stdout.split('\n').slice(-1)
    expect(stdout.split('\n').slice(0, -2).sort()).toEqual([...readdirSync(real), 'app'].sort())
    expect(words).toBe('toolhiddenoddastar')
    expect(stage).toMatchObject({ over: real, hidden: 'app' })
    expect(readFileSync(join(stage.tree, 'made'), 'utf8')).toBe('made\n')
    expect(listing(real)).toEqual(before)
  })

  it('hides an install path that is there', async (context) => {
    needs(context)
    const folder = scratch()
    const real = realFolder(folder)
    writeFiles(join(real, 'app'), { old: 'old' })
    mkdirSync(join(folder, 'work'))
    const script = '[ ! -e "$1/old" ]; mkdir -p "$1"; echo new >"$1/old"'
    const { stage } = await inside(join(real, 'app'), join(folder, 'work'), script, testPorts(), prefix)
    expect(readFileSync(join(stage.tree, 'old'), 'utf8')).toBe('new\n')
    expect(readFileSync(join(real, 'app', 'old'), 'utf8')).toBe('old')
  })

  it('makes the folders above that are missing, inside only', async (context) => {
    needs(context)
    const folder = scratch()
    const real = realFolder(folder)
    mkdirSync(join(folder, 'work'))
    const path = join(real, 'one', 'two', 'app')
    const { stage } = await inside(path, join(folder, 'work'), SCRIPT, testPorts(), prefix)
    expect(stage).toMatchObject({ over: real, hidden: 'one' })
    expect(existsSync(join(stage.tree, 'made'))).toBe(true)
    expect(existsSync(join(real, 'one'))).toBe(false)
  })

  it('works where the work folder lies under the covered one', async (context) => {
    needs(context)
    const real = realFolder(scratch())
    const work = join(real, 'cache', 'work')
    mkdirSync(work, { recursive: true })
    const { stage, stdout } = await inside(join(real, 'app'), work, `${SCRIPT}; ls cache/work`, testPorts(), prefix)
    expect(stdout).toMatch(/stage/)
    expect(existsSync(join(stage.tree, 'made'))).toBe(true)
  })

  it('covers / itself', async (context) => {
    needs(context)
    const work = scratch()
    const top = `/giftwrap-test-${process.pid}`
    const before = readdirSync('/')
    const { stage, stdout } = await inside(
      `${top}/app`,
      work,
      `${SCRIPT}; ls -A /; echo x >/dev/null`,
      testPorts(),
      prefix,
    )
    for (const name of ['usr', 'etc', 'proc', top.slice(1)]) expect(stdout.split('\n')).toContain(name)
    expect(readFileSync(join(stage.tree, 'made'), 'utf8')).toBe('made\n')
    expect(readdirSync('/')).toEqual(before)
  })

  it('gives the exit code of the command that fails', async (context) => {
    needs(context)
    const folder = scratch()
    mkdirSync(join(folder, 'work'))
    const failed = inside(join(realFolder(folder), 'app'), join(folder, 'work'), 'exit 7', testPorts(), prefix)
    await expect(failed).rejects.toMatchObject({ status: 7 })
  })
})

/** Commands that stand in front of the real ones, by name and script. */
function shims(scripts: Readonly<Record<string, string>>): string {
  const folder = scratch()
  writeFiles(folder, scripts)
  for (const name of Object.keys(scripts)) chmodSync(join(folder, name), 0o755)
  return `${folder}:${process.env.PATH}`
}

const asUser = (ports: Ports): Ports => ({
  ...ports,
  environment: { ...ports.environment, uid: ORDINARY_USER, gid: ORDINARY_USER },
})
const asRoot = (ports: Ports): Ports => ({ ...ports, environment: { ...ports.environment, uid: 0, gid: 0 } })
const NO_USER_NAMESPACES = '#!/bin/sh\ncase "$*" in *--user*) exit 1 ;; esac\nexec /usr/bin/unshare "$@"\n'
const NOTHING = '#!/bin/sh\nexit 1\n'
const ASKED = { inPlace: false, disposable: false }

describe('choosePlacement', () => {
  it('is a namespace of its own kind for root and for others', async (context) => {
    needOrdinaryUser(context)
    await expect(choosePlacement(ASKED, testPorts())).resolves.toBe('root')
    await expect(choosePlacement(ASKED, asUser(testPorts()))).resolves.toBe('user-namespace')
  })

  it('is in place where the caller says so, whatever the machine can', async () => {
    const ports = testPorts({ PATH: shims({ unshare: NOTHING, sudo: NOTHING }) })
    await expect(choosePlacement({ inPlace: true, disposable: false }, ports)).resolves.toBe('in-place')
    await expect(choosePlacement({ inPlace: false, disposable: true }, ports)).resolves.toBe('in-place')
  })

  it.each([
    ['root', asRoot, /--disposable in a container/],
    ['an ordinary user', asUser, /user namespaces or sudo without a password/],
  ])('names the ways out to %s when nothing works', async (_who, as, hint) => {
    const ports = as(testPorts({ PATH: shims({ unshare: NOTHING, sudo: NOTHING }) }))
    const chosen = choosePlacement(ASKED, ports)
    await expect(chosen).rejects.toThrow(InputError)
    await expect(chosen).rejects.toThrow(hint)
  })

  it('is sudo where user namespaces are off, and what is built belongs to the caller', async (context) => {
    needRoot(context)
    need(context, existsSync('/usr/bin/setpriv'), 'setpriv')
    // The test is root already: its sudo only takes the options away.
    const sudo = '#!/bin/sh\nshift 2\nPATH=/usr/sbin:/usr/bin:/sbin:/bin exec "$@"\n'
    const path = shims({ unshare: NO_USER_NAMESPACES, sudo })
    const ports = asUser(testPorts({ PATH: path }))
    await expect(choosePlacement(ASKED, ports)).resolves.toBe('sudo')

    const folder = scratch()
    const real = realFolder(folder)
    mkdirSync(join(folder, 'work'))
    const stage = await prepareStage(join(real, 'app'), join(folder, 'work'))
    chownSync(stage.folder, ORDINARY_USER, ORDINARY_USER)
    const script = 'mkdir "$1"; id -u; id -G; echo "$PATH"'
    const argv = ['sh', '-euc', script, 'sh', join(real, 'app')]
    const caller = { uid: ORDINARY_USER, gid: ORDINARY_USER, path }
    const command = inNamespace({ argv, cwd: folder }, stage, 'sudo', caller)
    expect(command.argv.slice(0, 5)).toEqual(['sudo', '-n', '-E', 'unshare', '--mount'])
    const { stdout } = await ports.exec.run(command)
    expect(stdout).toBe(`${ORDINARY_USER}\n${ORDINARY_USER}\n${path}\n`)
    expect(statSync(stage.tree).uid).toBe(ORDINARY_USER)
    expect(existsSync(join(real, 'app'))).toBe(false)
  })
})
