// Bundles lib/ into dist/: index.js is the action, cli.js the command line. Each bundle has a folder of its own, as
// their chunks bear the same names.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = resolve(process.argv[2] ?? join(root, 'dist'))
const ncc = join(root, 'node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js')

function bundle(entry, folder) {
  const options = ['--out', folder, '--no-cache', '--quiet', '--license', 'licenses.txt']
  execFileSync(process.execPath, [ncc, 'build', join(root, 'lib', entry), ...options], { stdio: 'inherit' })
}

rmSync(out, { recursive: true, force: true })
bundle('index.js', out)
bundle('cli.js', join(out, 'cli'))
writeFileSync(join(out, 'cli.js'), "#!/usr/bin/env node\nimport './cli/index.js'\n", { mode: 0o755 })
