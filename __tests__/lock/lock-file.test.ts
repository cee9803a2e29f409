import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ToolError } from '../../src/errors.js'
import { parseLock } from '../../src/lock/lock-file.js'
import { compileCommand } from '../../src/lock/resolve.js'

const SUM = 'a'.repeat(64)

describe('parseLock', () => {
  it('reads what uv writes', () => {
    const text = `# a comment
six==1.16.0 \\
    --hash=sha256:${SUM} \\
    --hash=sha256:b
Oslo.Config==9.0 ; python_version < '3.12' and sys_platform == 'linux' \\
    --hash=sha256:c
    # via six
`
    expect(parseLock(text, 'lock')).toEqual([
      { name: 'six', version: '1.16.0', hashes: [`sha256:${SUM}`, 'sha256:b'] },
      {
        name: 'oslo-config',
        version: '9.0',
        marker: "python_version < '3.12' and sys_platform == 'linux'",
        hashes: ['sha256:c'],
      },
    ])
  })

  it('reads an empty lock: a project may need nothing', () => {
    expect(parseLock('', 'lock')).toEqual([])
  })

  it.each([
    ['no hash', 'six==1.16.0'],
    ['a range', `six>=1.16 --hash=sha256:${SUM}`],
    ['a URL', `six @ https://host/six.tar.gz --hash=sha256:${SUM}`],
    ['an index', '--index-url https://host/simple'],
    ['an editable', '-e .'],
    ['something between', `six==1.16.0 --no-binary x --hash=sha256:${SUM}`],
  ])('refuses a line with %s', (_name, line) => {
    expect(() => parseLock(`${line}\n`, 'the lock')).toThrow(ToolError)
    expect(() => parseLock(`${line}\n`, 'the lock')).toThrow(/^the lock: ".*" is not a locked requirement/)
  })

  it('gives back any lock', () => {
    const name = fc.stringMatching(/^[a-z]([a-z0-9]{0,6}[a-z0-9])?$/)
    const version = fc.stringMatching(/^\d{1,3}(\.\d{1,3}){0,2}$/)
    const hash = fc.stringMatching(/^sha256:[0-9a-f]{8}$/)
    const distribution = fc.record({ name, version, hashes: fc.array(hash, { minLength: 1, maxLength: 4 }) })
    fc.assert(
      fc.property(fc.array(distribution), (locked) => {
        const text = locked.map((d) =>
          [`${d.name}==${d.version}`, ...d.hashes.map((h) => `--hash=${h}`)].join(' \\\n    '),
        )
        expect(parseLock(`${text.join('\n')}\n`, 'lock')).toEqual(locked)
      }),
    )
  })

  it('reads any text or throws a ToolError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseLock(text, 'lock')).toBeInstanceOf(Array)
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError)
        }
      }),
    )
  })
})

describe('compileCommand', () => {
  const resolution = {
    distribution: 'keystone',
    extras: ['ldap', 'memcache'],
    furtherRequirements: ['uwsgi', 'python-openstackclient>=6'],
    constraints: [
      { name: 'six', specifier: '==1.16.0' },
      { name: 'tomli', specifier: '==2.0', marker: "python_version < '3.11'" },
    ],
    interpreter: '/usr/bin/python3.11',
    pythonVersion: '3.11',
  }
  const at = { uv: '/tools/uv', checkout: '/work/source #1', folder: '/work' }

  it('asks for hashes, under constraints, without the project itself', () => {
    const { command, output } = compileCommand(resolution, at)
    expect(output).toBe('/work/lock.txt')
    expect(command.cwd).toBe('/work')
    expect(command.argv.join(' ')).toBe(
      '/tools/uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-sources ' +
        '--no-emit-package keystone --python /usr/bin/python3.11 --python-version 3.11 ' +
        '--constraints /work/constraints.txt --output-file /work/lock.txt /work/requirements.in',
    )
  })

  it('requires the checkout with its extras, and what the manifest adds', () => {
    const { requirements, constraints } = compileCommand(resolution, at)
    expect(requirements).toEqual({
      path: '/work/requirements.in',
      text: 'keystone[ldap,memcache] @ file:///work/source%20%231\nuwsgi\npython-openstackclient>=6\n',
    })
    expect(constraints).toEqual({
      path: '/work/constraints.txt',
      text: "six==1.16.0\ntomli==2.0 ; python_version < '3.11'\n",
    })
  })
})
