import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FreezeReader } from '../../src/tested/freeze.js'
import { anyText } from './any-text.js'

const STAMP = '2025-03-01 01:44:12.123456 | '
const RULE = '='.repeat(70)

const read = (lines: readonly string[], job?: string) => {
  const reader = new FreezeReader(job)
  for (const line of lines) reader.push(line)
  return reader.result()
}
/** Form, environment and versions as words. */
const found = (lines: readonly string[], job?: string) => {
  const freeze = read(lines, job)
  if (freeze === undefined) return []
  const { form, environment, versions } = freeze
  return [form, environment ?? '-', ...[...versions].map((pair) => pair.join(' '))]
}

describe('pip freeze, of Jenkins', () => {
  it.each<[string, readonly string[], string]>([
    ['a traced command', ['+ pip freeze', 'a==1', 'b==2', '+ echo done', 'c==3'], '-'],
    ['a command in an environment', ['+ .tox/py27/bin/pip freeze', 'a==1', 'b==2', '+ exit 0'], 'py27'],
    ['a path', ['+ /home/j/workspace/gate-x/.tox/py35/bin/pbr freeze', 'a==1', 'b==2'], 'py35'],
    ['python -m', ['+ .tox/py35/bin/python3 -m pip freeze', 'a==1', 'b==2'], 'py35'],
    ['a command of tox 3', ['py27 runtests: commands[0] | pip freeze', 'a==1', 'b==2'], 'py27'],
    ['a command of tox 4', ['py311: commands[1]> pip freeze', 'a==1', 'b==2'], 'py311'],
    ['a frame', ['Begin pip freeze output from test virtualenv:', RULE, 'a==1', 'b==2', RULE, 'c==3'], '-'],
    ['a frame of pbr', ['Begin pbr freeze output from test virtualenv:', RULE, 'a==1', 'b==2', RULE], '-'],
    [
      'a frame of a traced script',
      [
        "+ echo 'Begin pip freeze output from test virtualenv:'",
        'Begin pip freeze output from test virtualenv:',
        `+ echo ${RULE}`,
        RULE,
        '+ .tox/py27/bin/pip freeze',
        'a==1',
        'b==2',
        `+ echo ${RULE}`,
        RULE,
        'c==3',
      ],
      'py27',
    ],
    ['commits behind', ['+ pbr freeze', 'a==1  # git sha abc1234', 'b==2'], '-'],
    [
      'what is no package before and among them',
      [
        '+ pip freeze',
        'Warning: cannot find svn location for distribute==0.6.28dev-r0',
        '',
        '## FIXME: could not find svn URL in dependency_links for this package:',
        'distribute==0.6.28dev-r0',
        'a==1',
        '-e git+https://git.example/demo@abc#egg=demo',
        '# Editable Git install with no remote (demo==0.9)',
        'demo @ file:///work/demo',
        'You are using pip version 9.0.1, however version 10.0.1 is available.',
        'b==2',
      ],
      '-',
    ],
    [
      'HTML and stamps',
      [`<span>2013-09-02 00:00:45.001 | + pip freeze</span>`, '2013-09-02 00:00:45.001 | a==1', '<b>b==2</b>'],
      '-',
    ],
  ])('is read of %s', (_what, lines, environment) => {
    expect(found(lines)).toEqual(['pip freeze', environment, 'a 1', 'b 2'])
  })

  it.each([
    ['a sentence', ['The output of pip freeze', 'is not here', 'a==1']],
    ['a pipe', ['+ pip freeze', '+ grep -q nova', 'a==1']],
    ['other words', ['+ pip freezer', 'a==1']],
    ['a command that has more', ['+ pip freeze -l > file', 'a==1']],
    ['too much before the first package', ['+ pip freeze', ...Array.from({ length: 30 }, () => ''), 'a==1']],
  ])('is nothing in %s', (_what, lines) => {
    expect(found(lines)).toEqual([])
  })

  it('is over at the first line of something else', () => {
    expect(found(['+ pip freeze', 'a==1', '', 'b==2'])).toEqual(['pip freeze', '-', 'a 1'])
    expect(found(['+ pip freeze', 'a==1', 'x'.repeat(2_000_000), 'b==2'])).toEqual(['pip freeze', '-', 'a 1'])
    expect(found(['+ pip freeze', 'a==1', '+ .tox/py27/bin/pip freeze', 'b==2'])).toEqual(['pip freeze', 'py27', 'b 2'])
  })
})

describe('tox 3', () => {
  it('is one line', () => {
    const line = 'py36 installed: oslo.config==9.7.1,zope.interface==7.2,PasteDeploy==3.1.0,jaraco_x==1!2.0.post1'
    expect(found([`${STAMP}ubuntu-bionic | \u001b[1m${line}`])).toEqual([
      'tox 3',
      'py36',
      'oslo-config 9.7.1',
      'zope-interface 7.2',
      'pastedeploy 3.1.0',
      'jaraco-x 1!2.0.post1',
    ])
  })

  it.each([
    ['a warning', 'a==1,You are using pip version 9.0.1, however version 10.0.1 is available.,b==2'],
    ['a sentence that ends like a package', 'a==1,DEPRECATION: x wants y<2, z==9,b==2'],
    ['a comment with ==', 'a==1,# Editable Git install with no remote (demo==0.9),b==2'],
    ['a comment behind', 'a==1  # git sha abc1234,b==2'],
    ['an editable', 'a==1,-e git+https://git.example/x@abc#egg=demo==1,b==2'],
    ['a file', 'a==1,demo @ file:///work/demo==1,b==2'],
    ['a commit', 'a==1,demo @ git+https://git.example/demo@abc,b==2'],
    ['a URL', 'a==1,https://x.example/demo==1,b==2'],
    ['a path', 'a==1,../demo==1,b==2'],
    ['===', 'a==1,demo===2014-b,c===1,b==2'],
    ['a range', 'a==1,demo>=1,c==1.*,d==1;python_version<3,b==2'],
    ['no version', 'a==1,demo==,c==latest,==1,b==2'],
    ['no name', 'a==1,-demo==1,_c==1,d.==1,é==1,b==2'],
    ['an option', 'a==1,--index-url=x==1,b==2'],
    ['what every environment has', 'a==1,pip==25.0,Setuptools==75.0,wheel==0.45,b==2'],
    ['a name without end', `a==1,${'x'.repeat(300)}==1,c==${'1'.repeat(300)},b==2`],
    ['line ends in it', 'a==1,c==1&#10;d==2,b==2'],
  ])('is not taken in by %s', (_what, list) => {
    expect(found([`py36 installed: ${list}`])).toEqual(['tox 3', 'py36', 'a 1', 'b 2'])
  })

  it('ran twice: the last time counts, for each environment', () => {
    expect(found(['py36 installed: a==1,c==1', 'x', 'py36 installed: a==2,b==2'])).toEqual([
      'tox 3',
      'py36',
      'a 2',
      'b 2',
    ])
    const lines = ['py36 installed: a==1', 'cover installed: a==1,b==1', 'py36 installed: a==2']
    expect(found(lines, 'tox-py36')).toEqual(['tox 3', 'py36', 'a 2'])
    expect(found(['py36 installed: a==1', 'py36 installed: '])).toEqual(['tox 3', 'py36', 'a 1'])
  })

  it("leaves out tox's own environments", () => {
    expect(found(['.package installed: a==1'])).toEqual([])
    expect(found(['all of it installed: a==1'])).toEqual([])
  })
})

describe('tox 4', () => {
  it.each([
    ['as it is', ['py311: freeze> python -m pip freeze --all', 'py311: a==1,b==2']],
    ['without --all', ['py311: freeze> python -m pip freeze', 'py311: a==1,b==2']],
    [
      'with -vv',
      [
        'py311: 5104 W freeze> python -m pip freeze --all [tox/tox_env/api.py:428]',
        'py311: 5390 I exit 0 (0.28 seconds) /work> python -m pip freeze --all pid=81 [tox/execute/api.py:280]',
        'py311: 5391 W a==1,b==2 [tox/tox_env/python/runner.py:138]',
      ],
    ],
    [
      'with -vv, told before the environment',
      [
        '5104 W py311: freeze> python -m pip freeze --all [tox/tox_env/api.py:428]',
        '5391 W py311: a==1,b==2 [tox/tox_env/python/runner.py:138]',
      ],
    ],
    [
      'beside others',
      [
        'py311: freeze> python -m pip freeze --all',
        'pep8: freeze> python -m pip freeze --all',
        'pep8: c==1',
        'pep8: commands[0]> flake8',
        'py311: a==1,b==2',
      ],
    ],
    ['with pip, which is told', ['py311: freeze> python -m pip freeze --all', 'py311: a==1,pip==25.0,b==2,wheel==1']],
    [
      'of a run before',
      [
        'py311: freeze> python -m pip freeze --all',
        'py311: a==0,c==9',
        'py311: freeze> python -m pip freeze --all',
        'py311: a==1,b==2',
      ],
    ],
  ])('is read %s', (_what, lines) => {
    const stamped = lines.map((line) => `${STAMP}ubuntu-noble | ${line}`)
    expect(found(stamped)).toEqual(['tox 4', 'py311', 'a 1', 'b 2'])
  })

  it('takes nothing of what is built in environments of its own, nor what nobody froze', () => {
    expect(found(['.pkg: freeze> python -m pip freeze --all', '.pkg: a==1,b==2'])).toEqual([])
    expect(found(['py311: a==1,b==2'])).toEqual([])
    const next = ['py311: freeze> python -m pip freeze --all', 'py311: commands[0]> stestr run', 'py311: a==1']
    expect(found(next)).toEqual([])
  })
})

describe('Successfully installed', () => {
  it.each([
    ['versions', 'a-1.0 b-2.0', ['a 1.0', 'b 2.0']],
    [
      'hyphens in names',
      'python-dateutil-2.9.0.post0 zope.interface-7.2',
      ['python-dateutil 2.9.0.post0', 'zope-interface 7.2'],
    ],
    ['numbers in names', 'backports-ssl-3-1.0 py3-x_y-2.0', ['backports-ssl-3 1.0', 'py3-x-y 2.0']],
    ['pip and its like', 'pip-25.0 setuptools-75.0 wheel-0.45 a-1.0', ['a 1.0']],
    ['one that has none', 'a-1.0 b-2.0 some-name', ['a 1.0', 'b 2.0']],
    ['a local version', 'a-1.0+ubuntu.1', ['a 1.0+ubuntu.1']],
  ])('with %s', (_what, words, expected) => {
    expect(found([`${STAMP}ubuntu-noble |   Successfully installed ${words}`])).toEqual(['installed', '-', ...expected])
  })

  it('without versions, as pip before 1.6 said it, is nothing', () => {
    expect(found(['Successfully installed argparse python-dateutil nose-2 mock'])).toEqual([])
    expect(found(['Successfully installed'])).toEqual([])
    expect(found(['Not Successfully installed a-1'])).toEqual([])
  })

  it('belongs to the environment that is installed into; later lines override earlier ones', () => {
    const lines = [
      'Successfully installed tox-4.24.1 virtualenv-20.29 a-0.1',
      'py311: 338 W install_deps> python -I -m pip install -r requirements.txt [tox/tox_env/api.py:428]',
      'Successfully installed a-1.0 b-2.0',
      '.pkg: 4021 W install_requires> python -I -m pip install pbr [tox/tox_env/api.py:428]',
      'Successfully installed pbr-6.1.0 a-9.0',
      'py311: 5021 W install_package_deps> python -I -m pip install c [tox/tox_env/api.py:428]',
      'Successfully installed c-3.0 b-2.1',
      'TASK [fetch-subunit-output : Install it] ****',
      'Successfully installed d-4.0',
    ].map((line) => `${STAMP}ubuntu-noble | ${line}`)
    expect(found(lines)).toEqual(['installed', 'py311', 'a 1.0', 'b 2.1', 'c 3.0'])
    expect(found(['.pkg: install_requires> pip', 'Successfully installed pbr-6.1.0'])).toEqual([])
  })

  it('gives way to a freeze', () => {
    const installed = ['py311: install_deps> pip', 'Successfully installed a-1.0 b-2.0']
    expect(found([...installed, '+ pip freeze', 'a==1.1'])).toEqual(['pip freeze', '-', 'a 1.1'])
    expect(found(['py311: freeze> x', 'py311: a==1.1', ...installed])).toEqual(['tox 4', 'py311', 'a 1.1'])
  })
})

describe('of several environments', () => {
  const lines = [
    'cover installed: a==1,b==1,c==1',
    'py36 installed: a==1,b==1',
    'py27 installed: a==1',
    'functional installed: a==1',
  ]

  it.each([
    ['openstack-tox-py36', 'py36'],
    ['gate-nova-python27-ubuntu-trusty', 'py27'],
    ['openstack-tox-functional', 'functional'],
    ['openstack-tox-py3', 'cover'],
    ['', 'cover'],
  ])('%s has the one of its name, else the largest: %s', (job, environment) => {
    expect(read(lines, job)?.environment).toBe(environment)
  })

  it('the longer name is the nearer', () => {
    const both = ['py312 installed: a==1,b==1', 'functional-py312 installed: a==1']
    expect(read(both, 'openstack-tox-functional-py312')?.environment).toBe('functional-py312')
  })

  it('one that has a name goes before one that has none', () => {
    expect(read(['+ pip freeze', 'a==1', 'b==1', 'py36 installed: a==1'])?.environment).toBe('py36')
  })
})

describe('isComplete', () => {
  it('is true once the tests are over: what comes then is not read', () => {
    const reader = new FreezeReader()
    for (const line of [`${STAMP}RUN START: [a]`, 'py36 installed: a==1', `${STAMP}RUN END RESULT_NORMAL: [a]`])
      reader.push(line)
    expect(reader.isComplete).toBe(false)
    reader.push(`${STAMP}POST-RUN START: [untrusted : opendev.org/zuul/zuul-jobs/playbooks/tox/post.yaml@master]`)
    expect(reader.isComplete).toBe(true)
    reader.push('py36 installed: a==2')
    expect([...(reader.result()?.versions ?? [])]).toEqual([['a', '1']])
  })

  it('is true at the end of what Jenkins says', () => {
    const reader = new FreezeReader()
    for (const line of ['Finished: well', '+ pip freeze', 'a==1']) reader.push(line)
    expect(reader.isComplete).toBe(false)
    reader.push('<span>Finished: SUCCESS</span>')
    expect(reader.isComplete).toBe(true)
    expect([...(reader.result()?.versions ?? [])]).toEqual([['a', '1']])
  })
})

describe('FreezeReader and whatever comes', () => {
  const name = fc
    .stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/)
    .filter((one) => !/^(pip|setuptools|wheel)$/.test(one) && !one.includes('--'))
  const version = fc.stringMatching(/^[0-9]{1,3}(\.[0-9]{1,3}){0,3}(rc[0-9])?(\.post[0-9])?$/)
  const versions = fc.dictionary(name, version, { minKeys: 1, maxKeys: 30, noNullPrototype: true })
  const asObject = (lines: readonly string[]) => Object.fromEntries(read(lines)?.versions ?? [])

  it('reads back each form', () => {
    fc.assert(
      fc.property(versions, fc.constantFrom('', STAMP, `${STAMP}ubuntu | `), (all, stamp) => {
        const items = Object.entries(all)
        const frozen = items.map((item) => item.join('=='))
        const forms = [
          ['+ pip freeze', ...frozen, '+ exit 0'],
          ['Begin pip freeze output from test virtualenv:', RULE, ...frozen, RULE],
          [`py36 installed: ${frozen.join(',')}`],
          ['py311: freeze> python -m pip freeze --all', `py311: ${frozen.join(',')}`],
          [`Successfully installed ${items.map((item) => item.join('-')).join(' ')}`],
        ]
        for (const lines of forms) expect(asObject(lines.map((line) => stamp + line))).toEqual(all)
      }),
    )
  })

  it('throws at nothing, and takes names and versions alone', () => {
    const piece = fc.constantFrom(
      '+ pip freeze',
      'py36 installed: ',
      'py36: ',
      'freeze> ',
      'Successfully installed ',
      'a==1',
      ',',
      '-e ',
      ' @ ',
      STAMP,
      '.pkg: ',
      'install_deps> ',
      '==',
      '-1.0',
      ' ',
      '\n',
    )
    const some = fc.oneof({ arbitrary: piece, weight: 4 }, anyText(5))
    const line = fc.array(some, { maxLength: 8 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        for (const [name, version] of read(lines)?.versions ?? []) {
          expect(name).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
          expect(version).toMatch(/^v?[0-9][0-9a-zA-Z.!+_-]*$/)
          expect(['pip', 'setuptools', 'wheel']).not.toContain(name)
        }
      }),
    )
  })

  it.each([
    'a==1,',
    'a-1 ',
    ' ',
    '=',
    ',',
    '-',
    '#',
    ' #',
    '1.',
    'a: ',
    '[',
    '/tox',
    ' [tox',
    '==',
    'py36: ',
    '/.tox/a',
    'é',
  ])('reads a megabyte of %j', (piece) => {
    const text = piece.repeat(1_000_000 / piece.length)
    for (const line of [
      text,
      `py36 installed: ${text}`,
      `py36: ${text}.py:1]`,
      `Successfully installed ${text}`,
      `${text} freeze`,
      `a==1${text}x`,
    ]) {
      const lines = ['py36: freeze> x', line, '+ pip freeze', line]
      expect(read(lines)?.versions.size ?? 0).toBeLessThanOrEqual(1)
    }
  })

  it('keeps no more than any job has', () => {
    const items = Array.from({ length: 100_000 }, (_, index) => `a${index}==1`)
    expect(read([`py36 installed: ${items.join(',').slice(0, 1_000_000)}`])?.versions.size).toBe(10_000)
    const many = Array.from({ length: 1000 }, (_, index) => `e${index} installed: a==${index}`)
    expect(read(many, 'tox-e999')?.environment).toBe('e0')
    expect(read([`py36 installed: ${items.join(',')},${'x'.repeat(1_000_000)}`])).toBeUndefined()
  })
})
