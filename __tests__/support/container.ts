import { execFileSync, spawnSync } from 'node:child_process'
import type { TestContext } from 'vitest'
import { hasTool, need } from './requirements.js'

/** Debian 12 with the package managers of other families and the distribution's Python. */
const IMAGE = 'giftwrap-test-bookworm:rpm-python3'
const BASE = 'debian:bookworm'

const docker = (...words: string[]) => spawnSync('docker', words, { encoding: 'utf8', maxBuffer: 1 << 26 })

/** The image, made once of the local base image; it stays for the next run. */
export function needLivingImage(context: TestContext): void {
  need(context, hasTool('docker') && docker('info').status === 0, 'a container engine')
  if (docker('image', 'inspect', IMAGE).status === 0) return
  need(context, docker('image', 'inspect', BASE).status === 0, `the local image ${BASE}`)
  const install = 'apt-get -qq update && apt-get -qq install -y --no-install-recommends rpm python3 >/dev/null'
  const id = execFileSync('docker', ['create', '--network', 'host', BASE, 'sh', '-ec', install], {
    encoding: 'utf8',
  }).trim()
  try {
    execFileSync('docker', ['start', '--attach', id], { stdio: 'pipe' })
    execFileSync('docker', ['commit', id, IMAGE], { stdio: 'pipe' })
  } finally {
    docker('rm', '--force', id)
  }
}

/** Runs a script of sh in a container of its own, which goes with it; `folders` are seen read-only, by their mount point. */
export function inContainer(
  script: string,
  folders: Readonly<Record<string, string>>,
): { stdout: string; stderr: string } {
  const mounts = Object.entries(folders).flatMap(([at, folder]) => ['--volume', `${folder}:${at}:ro`])
  const { status, stdout, stderr } = docker('run', '--rm', '--network', 'none', ...mounts, IMAGE, 'sh', '-euc', script)
  if (status !== 0) throw new Error(`the script failed with ${status}:\n${stdout}\n${stderr}`)
  return { stdout, stderr }
}

/** What a script printed after each line `== name`. */
export function sections(stdout: string): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    stdout
      .split(/^== /m)
      .slice(1)
      .map((part) => {
        const [name = '', ...lines] = part.trimEnd().split('\n')
        return [name, lines]
      }),
  )
}
