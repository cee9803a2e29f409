import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/help.js'
import { VERSION } from '../../src/version.js'
import { runCli } from '../support/run-cli.js'
import { scratch } from '../support/scratch.js'

describe('giftwrap --help', () => {
  it('shows the commands and the exit codes on standard output', async () => {
    const { code, stdout, stderr } = await runCli(['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Usage: giftwrap COMMAND/m)
    expect(stdout).toMatch(/^ {2}build /m)
    expect(stdout).toMatch(/^ {2}lock /m)
    expect(stdout).toContain('4 a tool failed')
  })

  it.each([['build'], ['lock'], ['explain'], ['diff'], ['publish']] as const)(
    'shows every option of %s',
    async (command) => {
      const { code, stdout } = await runCli([command, '--help'])
      expect(code).toBe(0)
      for (const { name } of COMMANDS[command].options) expect(stdout).toContain(`--${name}`)
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
    },
  )

  it('wins over other options that are not complete', async () => {
    const { code, stdout } = await runCli(['build', '-s', '-h'])
    expect(code).toBe(0)
    expect(stdout).toContain('giftwrap build: build packages')
  })

  it('is what no command at all gives', async () => {
    const { code, stdout } = await runCli([])
    expect(code).toBe(0)
    expect(stdout).toContain('Usage: giftwrap COMMAND')
  })
})

describe('giftwrap --version', () => {
  it('is one line', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `giftwrap ${VERSION}\n`, stderr: '' })
  })
})

describe('words that are not understood', () => {
  const cases: [string, readonly string[], RegExp][] = [
    ['an unknown command', ['bild'], /"bild" is not a command\.\n.*build, plan, lock, explain, diff, publish/],
    ['an unknown option', ['build', '--colour'], /'--colour'.*\n.*giftwrap build --help/],
    ['an option of another command', ['lock', '--no-reuse'], /'--no-reuse'/],
    ['a word too many', ['build', '-m', 'manifest.yml', 'keystone'], /keystone/],
    ['an option without its value', ['build', '-m'], /-m, --manifest/],
    ['a switch with a value', ['build', '-m', 'x', '--locked=yes'], /--locked/],
    ['no manifest', ['build'], /--manifest is missing\.\n.*-m FILE/],
    ['an empty manifest name', ['build', '-m', ''], /--manifest is missing/],
  ]
  it.each(cases)('%s is exit code 2 and a message', async (_name, words, message) => {
    const { code, stdout, stderr } = await runCli(words, { cwd: scratch() })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^giftwrap: /)
  })
})
