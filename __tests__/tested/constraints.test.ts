import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { sha256Text } from '../../src/runtime/files.js'
import { formatConstraint, loadConstraints, parseConstraints, withoutProjects } from '../../src/tested/constraints.js'
import { normalizeName } from '../../src/tested/python-names.js'
import { redirect, serve } from '../support/loopback.js'
import { HAS_SHARED, SHARED } from '../support/paths.js'
import { need } from '../support/requirements.js'
import { scratch } from '../support/scratch.js'
import { testPorts } from '../support/test-ports.js'

const problemsOf = (text: string) => {
  try {
    parseConstraints(text, 'upper.txt')
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ line, message }) => `${line ?? '-'}: ${message}`)
    throw error
  }
  return []
}

describe.each([
  ['upper-constraints-stable_2025.1.txt', 599],
  ['upper-constraints-queens-eol.txt', 543],
])('%s', (file, lines) => {
  it('is read completely: each of its lines is one constraint', (context) => {
    need(context, HAS_SHARED, 'the folder ../shared with constraints')
    const text = readFileSync(join(SHARED, 'fixtures', file), 'utf8')
    const constraints = parseConstraints(text, file)
    expect(constraints).toHaveLength(lines)
    expect(constraints.filter(({ marker }) => marker !== undefined)).toHaveLength(text.match(/;/g)?.length ?? 0)
    for (const { name, specifier } of constraints) {
      expect(name).toBe(normalizeName(name))
      expect(specifier).toMatch(/^==[^=]/)
    }
    expect(constraints.map(({ name }) => name)).toEqual(expect.arrayContaining(['oslo-config', 'keystonemiddleware']))
  })
})

describe('parseConstraints', () => {
  const cases: [string, string, object[]][] = [
    ['===', 'Oslo.Config===9.7.1', [{ name: 'oslo-config', specifier: '==9.7.1' }]],
    ['=== of what is no version', 'x===2014b-final', [{ name: 'x', specifier: '===2014b-final' }]],
    ['ranges', 'x>=1.0, <2 , !=1.5', [{ name: 'x', specifier: '>=1.0,<2,!=1.5' }]],
    ['parentheses', 'x (>=1.0)', [{ name: 'x', specifier: '>=1.0' }]],
    [
      'wildcards and epochs',
      'x==1!2.*\ny~=1.0',
      [
        { name: 'x', specifier: '==1!2.*' },
        { name: 'y', specifier: '~=1.0' },
      ],
    ],
    ['a local version', 'x==1.0+ubuntu.1', [{ name: 'x', specifier: '==1.0+ubuntu.1' }]],
    ['a marker', "x===1.0;python_version=='3.9'", [{ name: 'x', specifier: '==1.0', marker: "python_version=='3.9'" }]],
    [
      'a longer marker',
      "x==1 ; (python_version >= '3.9' and sys_platform != \"win32\") or extra == 'a'",
      [
        {
          name: 'x',
          specifier: '==1',
          marker: "(python_version >= '3.9' and sys_platform != \"win32\") or extra == 'a'",
        },
      ],
    ],
    [
      'comments and empty lines',
      '# all\n\nx==1  # why\n   # more\n\ty==2\t#tab',
      [
        { name: 'x', specifier: '==1' },
        { name: 'y', specifier: '==2' },
      ],
    ],
    [
      'the line ends of Windows',
      'x==1\r\ny==2\r\n',
      [
        { name: 'x', specifier: '==1' },
        { name: 'y', specifier: '==2' },
      ],
    ],
    ['nothing', '', []],
  ]
  it.each(cases)('reads %s', (_name, text, expected) => {
    expect(parseConstraints(text, 'upper.txt')).toEqual(expected)
  })

  it.each([
    ['a name alone', 'x'],
    ['an editable', '-e git+https://host/x#egg=x'],
    ['an option', '--index-url https://host/simple'],
    ['a URL', 'https://host/x-1.0.tar.gz'],
    ['a requirement by URL', 'x @ https://host/x-1.0.tar.gz'],
    ['an extra', 'x[y]==1.0'],
    ['a hash', `x==1.0 --hash=sha256:${'0'.repeat(64)}`],
    ['a continued line', 'x==1.0 \\'],
    ['a marker that is none', 'x==1; import os'],
    ['an empty marker', 'x==1;'],
    ['an open string in a marker', "x==1; python_version == '3"],
    ['a specifier without a version', 'x==1,>='],
    ['HTML', '<p>Not found</p>'],
    ['a template', 'x=={{ version }}'],
    ['a name with a space', 'x y==1'],
  ])('refuses %s, with its line', (_name, line) => {
    expect(problemsOf(`a==1\n\n${line}\n`)).toEqual([expect.stringMatching(/^3: ".*" is not a constraint\.$/)])
  })

  it('shows five problems of many and shortens long lines', () => {
    const problems = problemsOf(`${'<p>'.repeat(100)}\n`.repeat(12))
    expect(problems).toHaveLength(6)
    expect(problems[5]).toBe('-: … and 7 more lines that are not constraints.')
    expect(problems[0]?.length).toBeLessThan(110)
  })

  it('gives back what formatConstraint writes', () => {
    const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((n) => !n.includes('--'))
    const version = fc.stringMatching(/^\d{1,4}(\.\d{1,3}){0,3}(rc\d)?$/)
    const operator = fc.constantFrom('==', '>=', '<', '!=', '~=')
    const specifier = fc.array(fc.tuple(operator, version), { minLength: 1, maxLength: 3 })
    const marker = fc.constantFrom(undefined, "python_version < '3.9'", "sys_platform == 'linux'")
    fc.assert(
      fc.property(fc.array(fc.tuple(name, specifier, marker)), (list) => {
        const constraints = list.map(([n, parts, m]) => ({
          name: n,
          specifier: parts.map((part) => part.join('')).join(','),
          ...(m === undefined ? {} : { marker: m }),
        }))
        expect(parseConstraints(constraints.map(formatConstraint).join('\n'), 'x')).toEqual(constraints)
      }),
    )
  })

  it('reads any text or throws an InputError, and takes no option, URL or further line from it', () => {
    const piece = fc.oneof(fc.constantFrom('x', '==', '1.0', ';', '-e ', '#', '\n', ' ', "'", 'and', '@'), fc.string())
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          for (const constraint of parseConstraints(pieces.join(''), 'x')) {
            expect(formatConstraint(constraint)).toMatch(/^[a-z0-9][a-z0-9-]*(===|==|~=|!=|<=|>=|<|>)[^\n\r]+$/)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
        }
      }),
    )
  })

  it('is quick with a marker that is made to be slow', () => {
    const started = performance.now()
    problemsOf(`x==1; ${'python_version '.repeat(20_000)}!`)
    problemsOf(`x==1; ${' '.repeat(50_000)}!`)
    problemsOf(`${'a'.repeat(100_000)}!`)
    problemsOf(`x==${'1.'.repeat(50_000)}!`)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('withoutProjects', () => {
  it('drops the lines of the projects, however their names are written', () => {
    const constraints = parseConstraints('Oslo_Config==1\noslo.db==1\nkeystone==1\nkeystoneauth1==1', 'x')
    const left = withoutProjects(constraints, ['oslo-config', 'Oslo.DB', 'Keystone'])
    expect(left.map(({ name }) => name)).toEqual(['keystoneauth1'])
  })
})

describe('loadConstraints', () => {
  const place = { file: 'manifest.yml', line: 3, column: 7 }
  const text = 'six===1.16.0\n'
  const expected = { sha256: sha256Text(text), constraints: [{ name: 'six', specifier: '==1.16.0' }] }

  it("reads a path from the manifest's folder, and a file URL", async () => {
    const folder = scratch()
    writeFileSync(join(folder, 'upper.txt'), text)
    const { fetch } = testPorts()
    expect(await loadConstraints('upper.txt', folder, place, fetch)).toEqual({ source: 'upper.txt', ...expected })
    const url = pathToFileURL(join(folder, 'upper.txt')).href
    expect(await loadConstraints(url, '/', place, fetch)).toEqual({ source: url, ...expected })
  })

  it('fetches a URL, through redirects, and keeps the URL that was given', async () => {
    const { url } = await serve({ '/2025.1': redirect('/upper.txt'), '/upper.txt': text })
    const { fetch } = testPorts()
    expect(await loadConstraints(`${url}/2025.1`, '/', place, fetch)).toEqual({ source: `${url}/2025.1`, ...expected })
  })

  it('asks a busy server again', async () => {
    let tries = 0
    const { url } = await serve((_request, response) => {
      if (++tries === 1) response.writeHead(429, { 'retry-after': '0' })
      response.end(tries === 1 ? undefined : text)
    })
    expect(await loadConstraints(url, '/', place, testPorts().fetch)).toEqual({ source: url, ...expected })
  })

  it('takes no web page for constraints', async () => {
    const { url } = await serve({ '/upper.txt': '<!DOCTYPE html><title>Sign in</title>' })
    await expect(loadConstraints(`${url}/upper.txt`, '/', place, testPorts().fetch)).rejects.toThrow(
      `manifest.yml:3:7: the constraints ${url}/upper.txt can't be fetched: the answer is a web page.`,
    )
  })

  it.each([
    ['is not there', 'none.txt', /^manifest\.yml:3:7: the constraint file none\.txt is not there\.$/],
    ['is a folder', '.', /^manifest\.yml:3:7: the constraint file \. can't be read\.$/],
  ])('says where the manifest names a file that %s', async (_name, source, message) => {
    await expect(loadConstraints(source, scratch(), place, testPorts().fetch)).rejects.toThrow(message)
  })

  it('refuses a file that is too large to be one', async () => {
    const folder = scratch()
    writeFileSync(join(folder, 'upper.txt'), `# ${'x'.repeat(8 * 1024 * 1024)}`)
    await expect(loadConstraints('upper.txt', folder, place, testPorts().fetch)).rejects.toThrow(/larger than 8388608/)
  })
})
