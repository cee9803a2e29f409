import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ToolError } from '../../src/errors.js'
import { formatCommand } from '../../src/runtime/exec.js'
import { nodeExec } from '../../src/runtime/node-exec.js'
import { scratch } from '../support/scratch.js'
import { testLog } from '../support/test-log.js'

const exec = nodeExec(process.env, () => undefined)
const sh = (script: string, ...words: string[]) => ['sh', '-c', script, 'sh', ...words]
const ODD_WORDS = [
  'a b',
  '"',
  "it's",
  '$(touch /tmp/giftwrap-was-here)',
  '`id`',
  '$HOME',
  '*',
  ';',
  '&&',
  '\\',
  '\n',
  '',
  '-e',
]

describe('run', () => {
  it('hands words on as they are, through no shell', async () => {
    const show = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
    const { stdout } = await exec.run({ argv: [process.execPath, '-e', show, '--', ...ODD_WORDS] })
    expect(JSON.parse(stdout)).toEqual(ODD_WORDS)
    expect(existsSync('/tmp/giftwrap-was-here')).toBe(false)
  })

  it('keeps both streams apart and writes both to the log, behind the command', async () => {
    const log = testLog(scratch())
    const output = await exec.run({ argv: sh('echo out; echo err >&2; printf last') }, log)
    expect(output).toEqual({ stdout: 'out\nlast', stderr: 'err\n' })
    expect(log.text().split('\n')[0]).toBe("$ sh -c 'echo out; echo err >&2; printf last' sh")
    expect(log.text().split('\n').slice(1).sort()).toEqual(['', 'err', 'last', 'out'])
  })

  it('shows each command once, as a person could paste it', async () => {
    const shown: string[] = []
    await nodeExec(process.env, (line) => shown.push(line)).run({ argv: ['true', "it's", 'http://u:p@host/'] })
    expect(shown).toEqual(["true 'it'\\''s' http://***@host/"])
  })

  it('adds variables and changes the folder for the command only', async () => {
    const folder = scratch()
    const { stdout } = await exec.run({ argv: sh('echo "$X"; pwd'), cwd: folder, env: { X: '1 2' } })
    expect(stdout).toBe(`1 2\n${folder}\n`)
  })

  it('gives no standard input to wait for', async () => {
    expect((await exec.run({ argv: ['cat'] })).stdout).toBe('')
  })

  it('keeps the last 64 MiB of what is printed', async () => {
    const script = 'echo first; head -c 70000000 /dev/zero | tr "\\0" x; echo last'
    const { stdout } = await exec.run({ argv: sh(script) })
    expect(stdout.length).toBeLessThanOrEqual(64 * 1024 * 1024)
    expect(stdout.length).toBeGreaterThan(60 * 1024 * 1024)
    expect(stdout.endsWith('xlast\n')).toBe(true)
  })

  it('logs letters that come in two parts', async () => {
    const log = testLog(scratch())
    const { stdout } = await exec.run({ argv: sh("printf '\\303'; sleep 0.2; printf '\\251\\n'") }, log)
    expect(stdout).toBe('é\n')
    expect(log.text()).toContain('\né\n')
  })
})

describe('a command that fails', () => {
  it('has its exit code, its words, its last lines and its log in the message', async () => {
    const log = testLog(scratch())
    const failed = exec.run({ argv: sh('for i in $(seq 30); do echo line $i >&2; done; exit 3', 'a b') }, log)
    await expect(failed).rejects.toThrow(ToolError)
    const error: ToolError = await failed.catch((caught: ToolError) => caught).then((e) => e as ToolError)
    expect(error.status).toBe(3)
    const lines = error.message.split('\n')
    expect(lines[0]).toBe('sh failed with exit code 3')
    expect(lines[1]).toMatch(/^ {2}command: sh -c 'for i in .*' sh 'a b'$/)
    expect(lines.slice(2, -1)).toEqual(['  last lines:', ...Array.from({ length: 20 }, (_, n) => `    line ${n + 11}`)])
    expect(lines.at(-1)).toBe(`  log: ${log.path}`)
    expect(log.text()).toContain('line 1\n')
    expect(log.text()).toContain('failed with exit code 3')
  })

  it('shows standard output where there is nothing else, and no log where there is none', async () => {
    await expect(exec.run({ argv: sh('echo only this; exit 1') })).rejects.toThrow(/last lines:\n {4}only this$/)
    await expect(exec.run({ argv: ['false'] })).rejects.toThrow(/^false failed with exit code 1\n {2}command: false$/)
  })

  it('that is not there could not be started', async () => {
    const failed = exec.run({ argv: ['giftwrap-no-such-tool', 'x'] })
    await expect(failed).rejects.toThrow(/^giftwrap-no-such-tool could not be started: .*ENOENT/)
  })

  it('that was ended by a signal says which', async () => {
    await expect(exec.run({ argv: sh('kill -KILL $$') })).rejects.toThrow(/was ended by SIGKILL/)
  })
})

describe('credentials', () => {
  it.each([
    ['in one piece', 'echo "fatal: https://builder:s3cret@host/x.git"; exit 1'],
    ['in two pieces', 'printf "fatal: https://builder:s3"; sleep 0.2; printf "cret@host/x.git\\n"; exit 1'],
    ['in a line without an end', 'printf "fatal: https://builder:s3"; sleep 0.2; printf "cret@host/x.git"; exit 1'],
  ])('are in no message and in no log: %s', async (_name, script) => {
    const log = testLog(scratch())
    const failed = exec.run({ argv: sh(script, 'https://builder:s3cret@host/') }, log)
    await expect(failed).rejects.toThrow(/fatal: https:\/\/\*\*\*@host\/x\.git/)
    await expect(failed).rejects.not.toThrow(/s3cret/)
    expect(log.text()).toContain('https://***@host/x.git')
    expect(log.text()).not.toContain('s3cret')
  })
})

describe('a time limit', () => {
  it.each([
    ['its children', 'sleep 300 & echo $! >"$1"; wait'],
    ['children that ignore signals', '(trap "" TERM; sleep 300) & echo $! >"$1"; wait'],
  ])('ends the command and %s', async (_name, script) => {
    const file = join(scratch(), 'pid')
    const started = performance.now()
    await expect(exec.run({ argv: sh(script, file), timeoutSeconds: 0.5 })).rejects.toThrow(
      /did not finish within 0\.5 s/,
    )
    expect(performance.now() - started).toBeLessThan(6000)
    await wait(50)
    const pid = Number(readFileSync(file, 'utf8'))
    const state = existsSync(`/proc/${pid}/stat`)
      ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0]
      : 'gone'
    expect(['gone', 'Z']).toContain(state)
  })
})

describe('stream', () => {
  it('hands standard output on while it comes', async () => {
    let text = ''
    await exec.stream({ argv: sh('echo one; echo two; echo err >&2') }, async (stdout) => {
      for await (const chunk of stdout) text += String(chunk)
    })
    expect(text).toBe('one\ntwo\n')
  })

  it('ends the command when its reader fails, and gives that error', async () => {
    const started = performance.now()
    const failed = exec.stream({ argv: sh('while :; do echo more; done') }, async () => {
      throw new Error('the reader had enough')
    })
    await expect(failed).rejects.toThrow('the reader had enough')
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('fails as the command does, with its last words', async () => {
    const failed = exec.stream({ argv: sh('echo data; echo broken >&2; exit 2') }, async (stdout) => {
      for await (const _ of stdout);
    })
    await expect(failed).rejects.toThrow(/sh failed with exit code 2.*broken/s)
  })
})

describe('formatCommand', () => {
  it('is read by a shell as the very words', async () => {
    const word = fc.string({ maxLength: 12 }).filter((text) => !text.includes('\0'))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(word, fc.constantFrom(...ODD_WORDS))), async (words) => {
        const script = `node -e 'process.stdout.write(JSON.stringify(process.argv.slice(1)))' -- ${formatCommand(words)}`
        const line = script.replace(/^node/, formatCommand([process.execPath]))
        expect(JSON.parse((await exec.run({ argv: ['sh', '-c', line] })).stdout)).toEqual(words)
      }),
      { numRuns: 15 },
    )
  })
})
