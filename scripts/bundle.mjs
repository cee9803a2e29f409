// Bundles lib/ into dist/: index.js is the action, cli.js the command line. Each bundle has a folder of its own, as
// their chunks bear the same names.
// Usage: node scripts/bundle.mjs [DIST]
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [, , dist = join(root, 'dist')] = process.argv
const ncc = join(root, 'node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js')

function bundle(entry, folder) {
  const scratch = mkdtempSync(join(tmpdir(), 'giftwrap-bundle-'))
  const stats = join(scratch, 'stats.json')
  const options = ['--out', folder, '--no-cache', '--quiet', '--stats-out', stats]
  try {
    execFileSync(process.execPath, [ncc, 'build', join(root, 'lib', entry), ...options], { stdio: 'inherit' })
    writeFileSync(join(folder, 'licenses.txt'), licences(JSON.parse(readFileSync(stats, 'utf8'))))
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

// ncc's own list of licences leaves out the modules that webpack concatenates, which are most of them.
function licences(stats) {
  const folders = new Map()
  const visit = (modules) => {
    for (const { nameForCondition, modules: inner } of modules ?? []) {
      const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(nameForCondition ?? '')?.[0]
      if (folder !== undefined) folders.set(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
      visit(inner)
    }
  }
  visit(stats.modules)
  if (folders.size === 0) throw new Error('the bundle names no package: are its statistics complete?')
  const texts = [...folders].map(([folder, { name, version, license }]) => {
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(entry))
    const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
    return `${name} ${version}\n${typeof license === 'string' ? license : ''}\n${text}`
  })
  return texts.sort().join('\n----------------------------------------\n\n').replaceAll('\r\n', '\n')
}

const out = resolve(dist)
rmSync(out, { recursive: true, force: true })
bundle('index.js', out)
bundle('cli.js', join(out, 'cli'))
writeFileSync(join(out, 'cli.js'), "#!/usr/bin/env node\nimport './cli/index.js'\n", { mode: 0o755 })
