import { describe, expect, it } from 'vitest'
import { compileCommand, ownRequirement, type Resolution } from '../../src/lock/resolve.js'

const resolution: Resolution = {
  requirements: [
    ownRequirement('keystone', ['ldap', 'memcache'], '/work/source #1'),
    'uwsgi',
    'python-openstackclient>=6',
  ],
  constraints: [
    { name: 'six', specifier: '==1.16.0' },
    { name: 'tomli', specifier: '==2.0', marker: "python_version < '3.11'" },
  ],
  overrides: [],
  leftOut: ['keystone'],
  interpreter: '/usr/bin/python3.11',
  pythonVersion: '3.9',
  platform: { architecture: 'arm64', libc: 'glibc 2.31' },
  buildLock: '',
}
const at = { uv: '/tools/uv', folder: '/work' }

describe('compileCommand', () => {
  it("asks for hashes, under constraints, for the target's Python and platform, without the project itself", () => {
    const { command, output } = compileCommand(resolution, at)
    expect(output).toBe('/work/lock.txt')
    expect(command.cwd).toBe('/work')
    expect(command.env).toEqual({ GIT_CEILING_DIRECTORIES: '/work' })
    expect(command.argv.join(' ')).toBe(
      '/tools/uv pip compile --generate-hashes --no-header --annotation-style split --no-sources ' +
        '--no-emit-package keystone --python /usr/bin/python3.11 --python-version 3.9 ' +
        '--python-platform aarch64-manylinux_2_31 ' +
        '--constraints /work/constraints.txt --output-file /work/lock.txt /work/requirements.in',
    )
  })

  it('requires the checkout with its extras, and what the manifest adds', () => {
    expect(compileCommand(resolution, at).files).toEqual({
      '/work/requirements.in':
        'keystone[ldap,memcache] @ file:///work/source%20%231\nuwsgi\npython-openstackclient>=6\n',
      '/work/constraints.txt': "six==1.16.0\ntomli==2.0 ; python_version < '3.11'\n",
    })
  })

  it('has overrides, build constraints, a date and what is upgraded, where they are', () => {
    const { files, command } = compileCommand(
      {
        ...resolution,
        overrides: ['six==1.17.0'],
        leftOut: ['keystone', 'nova'],
        buildLock: 'setuptools==69.0.0 --hash=sha256:00\n',
        excludeNewer: '2025-01-01T00:00:00.000Z',
        keep: { lock: '', upgrade: ['six', 'pbr'] },
      },
      at,
    )
    expect(files).toMatchObject({
      '/work/overrides.txt': 'six==1.17.0\n',
      '/work/build-constraints.txt': 'setuptools==69.0.0 --hash=sha256:00\n',
    })
    expect(command.argv.join(' ')).toContain(
      '--no-emit-package keystone --no-emit-package nova --python /usr/bin/python3.11 --python-version 3.9 ' +
        '--python-platform aarch64-manylinux_2_31 --constraints /work/constraints.txt ' +
        '--overrides /work/overrides.txt --build-constraints /work/build-constraints.txt ' +
        '--exclude-newer 2025-01-01T00:00:00.000Z --upgrade-package six --upgrade-package pbr --output-file',
    )
  })
})
