import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { isDisposable } from '../../src/runtime/container.js'
import { readEnvironment, toolEnvironment } from '../../src/runtime/environment.js'
import { which } from '../../src/runtime/which.js'
import { scratch, writeFiles } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'

describe('toolEnvironment', () => {
  it.each([
    'GITHUB_TOKEN',
    'GH_TOKEN',
    'ACTIONS_RUNTIME_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_URL',
    'INPUT_TOKEN',
    'INPUT_VERSION',
    'GITHUB_ENV',
    'GITHUB_OUTPUT',
    'GITHUB_PATH',
    'GITHUB_STATE',
    'GITHUB_STEP_SUMMARY',
    'NODE_OPTIONS',
    'GIFTWRAP_GPG_KEY',
    'GIFTWRAP_GPG_PASSPHRASE',
    'GIFTWRAP_APK_KEY',
    'GIFTWRAP_APK_PASSPHRASE',
  ])('drops %s, which could publish or steer the job', (name) => {
    expect(toolEnvironment({ [name]: 'x' })).not.toHaveProperty(name)
  })

  it.each([
    'PYTHONPATH',
    'PYTHONHOME',
    'VIRTUAL_ENV',
    'PBR_VERSION',
    'PIP_CONSTRAINT',
    'PIP_REQUIREMENT',
    'PIP_TARGET',
    'UV_CONSTRAINT',
    'UV_OVERRIDE',
    'UV_EXCLUDE_NEWER',
    'UV_PYTHON',
    'UV_NO_BINARY',
    'SOURCE_DATE_EPOCH',
    'GIT_DIR',
    'GIT_WORK_TREE',
    'DEB_BUILD_OPTIONS',
    'FPMOPTS',
    'LANG',
    'LC_MESSAGES',
  ])('drops %s, which would change what is built', (name) => {
    expect(toolEnvironment({ [name]: 'x' })).not.toHaveProperty(name)
  })

  it.each([
    'PATH',
    'HOME',
    'HTTPS_PROXY',
    'no_proxy',
    'PIP_INDEX_URL',
    'PIP_CERT',
    'UV_INDEX_URL',
    'UV_DEFAULT_INDEX',
    'UV_CACHE_DIR',
    'SSL_CERT_FILE',
    'GIT_SSL_CAINFO',
    'SSH_AUTH_SOCK',
    'GITHUB_WORKSPACE',
    'PYTHONUNBUFFERED',
    'TMPDIR',
  ])('keeps %s, which says where things come from', (name) => {
    expect(toolEnvironment({ [name]: 'x' })).toHaveProperty(name, 'x')
  })

  it('has one locale and time zone, and asks nobody', () => {
    expect(toolEnvironment({ LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8', TZ: 'Asia/Tokyo', EMPTY: undefined })).toEqual(
      {
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        UV_SYSTEM_CERTS: '1',
        UV_PYTHON_DOWNLOADS: 'never',
        UV_NO_PROGRESS: '1',
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        PIP_NO_INPUT: '1',
        GIT_TERMINAL_PROMPT: '0',
        GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
      },
    )
  })
})

describe('readEnvironment', () => {
  it.each([
    [{ RUNNER_TOOL_CACHE: '/tools', XDG_CACHE_HOME: '/cache' }, '/tools'],
    [{ RUNNER_TOOL_CACHE: '', XDG_CACHE_HOME: '/cache' }, '/cache/giftwrap'],
    [{ RUNNER_TOOL_CACHE: '', XDG_CACHE_HOME: '' }, join(homedir(), '.cache', 'giftwrap')],
  ])('keeps tools below the runner, else the user: %j', (variables, expected) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
    try {
      expect(readEnvironment().cacheRoot).toBe(expected)
    } finally {
      vi.unstubAllEnvs()
    }
  })
})

describe('which', () => {
  it('finds the first executable file of the PATH: no other file, no folder', async () => {
    const folder = scratch()
    writeFiles(folder, { 'a/tool': '', 'b/tool/x': '', 'c/tool': '#!/bin/sh\n', 'd/tool': '#!/bin/sh\n' })
    const { environment, exec } = testPorts({ PATH: ['', ...'abcd'].map((name) => join(folder, name)).join(':') })
    await exec.run({ argv: ['/bin/chmod', '755', join(folder, 'c/tool'), join(folder, 'd/tool')] })
    expect(await which('tool', environment)).toBe(join(folder, 'c/tool'))
    expect(await which('giftwrap-no-such-tool', environment)).toBeUndefined()
  })

  it('looks into sbin, which is not on every PATH', async () => {
    expect(await which('chroot', testPorts({ PATH: '/nowhere' }).environment)).toMatch(/sbin\/chroot$/)
  })
})

describe('isDisposable', () => {
  it('is never true outside of a workflow', async () => {
    for (const value of [undefined, '', 'false', '1']) {
      expect(await isDisposable(testPorts({ GITHUB_ACTIONS: value }).environment)).toBe(false)
    }
  })
})
