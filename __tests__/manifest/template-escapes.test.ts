import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TemplateError } from '../../src/manifest/template/template-error.js'
import { Namespace, type Value } from '../../src/manifest/template/value.js'
import { Renderer } from '../../src/manifest/templates.js'

const MEMBERS = new Map<string, Value>([
  ['version', '1.0'],
  ['names', ['a', 'b']],
])
const lookUp = (name: string): Value | undefined =>
  name === 'settings' ? new Namespace('settings', (key) => MEMBERS.get(key)) : undefined
const render = (template: string): string => new Renderer().render(template, lookUp)

describe('no template reaches JavaScript', () => {
  it.each([
    "{{ ''.constructor.constructor('return process')() }}",
    "{{ ''['constructor']['constructor']('return process')() }}",
    "{{ ''['con' ~ 'structor'] }}",
    '{{ settings.__proto__ }}',
    '{{ settings.constructor }}',
    "{{ settings['__proto__'] }}",
    '{{ settings.names.__proto__ }}',
    '{{ settings.names.constructor }}',
    '{{ settings.names.length }}',
    '{{ settings.names.map }}',
    "{{ settings.names['push']('x') }}",
    "{{ range.constructor('return this')() }}",
    '{{ range.call }}',
    '{{ range }}',
    '{{ cycler.constructor }}',
    '{{ joiner }}',
    '{{ ({}).toString }}',
    '{{ {}.hasOwnProperty }}',
    "{{ {}['__proto__'] }}",
    "{{ {'__proto__': {'x': 1}}.x }}",
    '{{ [].constructor }}',
    '{{ (1).toFixed }}',
    '{{ true.constructor }}',
    "{{ 'a'.upper.constructor }}",
    "{{ 'a'.upper.__globals__ }}",
    "{{ ''.__class__.__mro__ }}",
    '{{ self }}',
    '{{ this }}',
    '{{ globalThis }}',
    '{{ process }}',
    '{{ require }}',
    "{{ require('fs') }}",
    '{{ global }}',
    '{{ module }}',
    '{{ env }}',
    '{{ context }}',
    '{{ frame }}',
    '{{ runtime }}',
    '{{ cb }}',
    '{{ lineno }}',
    '{{ caller() }}',
    '{{ super() }}',
    '{{ arguments }}',
    '{{ eval }}',
    '{{ Function }}',
    '{{ __proto__ }}',
    '{{ constructor }}',
    '{{ toString }}',
    '{{ undefined }}',
    '{{ r/a/g }}',
    "{{ 'a' | constructor }}",
    "{{ 'a' | __proto__ }}",
    "{{ 'a' | toString }}",
    "{{ 'a' | dump }}",
    "{{ 'a' | safe }}",
    "{{ 'a' is constructor }}",
    "{{ 'a' is __proto__ }}",
    '{% macro m() %}{% endmacro %}{{ m.constructor }}',
    '{% macro m() %}{{ caller }}{% endmacro %}{{ m() }}',
    '{% macro m(__proto__) %}{{ __proto__.x }}{% endmacro %}{{ m({}) }}',
    '{% for x in [1] %}{{ loop.constructor }}{% endfor %}',
    '{% for x in [1] %}{{ loop }}{% endfor %}',
    '{% set constructor = 1 %}{{ constructor.constructor }}',
    '{% for a in settings %}{{ a }}{% endfor %}',
    "{% include '/etc/passwd' %}",
    "{% import '/etc/passwd' as x %}",
    "{% from '/etc/passwd' import x %}",
    "{% extends '/etc/passwd' %}",
    '{% block x %}{% endblock %}',
    '{% asyncEach x in [1] %}{% endeach %}',
    '{% switch 1 %}{% endswitch %}',
    '{{ "a"; process.exit() }}',
    '{{ a"); process.exit(); (" }}',
    '{% set x");process.exit(1)//= 1 %}',
    "{{ 'a'.replace('a', settings) }}",
    "{{ 'a'.join(settings) }}",
    "{{ '%s' % settings }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '{0.constructor}'.format(settings) }}",
    "{{ '{0[constructor]}'.format({}) }}",
    "{{ '{0[__proto__]}'.format([]) }}",
    "{{ '{0.version.constructor}'.format(settings) }}",
    "{{ '{:{0.x}}'.format(1) }}",
    "{{ [settings] | map(attribute='constructor') | list | string }}",
    "{{ [{}] | map(attribute='__proto__') | first }}",
    "{{ ['a'] | map(attribute='constructor.constructor') | first }}",
    "{{ ['a'] | map('constructor') | list }}",
    "{{ ['a'] | select('constructor') | list }}",
    "{{ [{}] | selectattr('__proto__') | list }}",
    "{{ [{}] | groupby('__proto__') }}",
    "{{ [{}] | sort(attribute='constructor') }}",
    "{{ 'a' | attr('constructor') }}",
    "{{ settings | attr('__proto__') }}",
    "{{ [] | attr('push') }}",
    '{{ namespace().constructor }}',
    '{{ namespace().__proto__ }}',
    '{% set ns = namespace() %}{% set ns.__proto__ = {"x": 1} %}{{ ns.x }}',
    '{% set ns = namespace() %}{% set ns.get = 1 %}{{ ns.call }}',
    '{% set settings.version = 2 %}',
    '{% set x = {} %}{% set x.constructor = 1 %}',
    '{{ dict(__proto__={"x": 1}).x }}',
    '{{ dict(settings) }}',
    '{{ cycler(1).constructor }}',
    '{{ joiner().name }}',
    '{% for x in [1] recursive %}{{ loop.get }}{% endfor %}',
    '{% for x in [1] %}{{ loop.cycle.call }}{% endfor %}',
    '{% macro m() %}{{ kwargs.constructor }}{% endmacro %}{{ m() }}',
    '{% macro m() %}{{ caller.name }}{% endmacro %}{% call m() %}{% endcall %}',
    '{{ settings | tojson }}',
    '{{ range | tojson }}',
    '{{ settings | urlencode }}',
    '{{ settings | list }}',
    '{{ settings.items() }}',
    '{{ settings | dictsort }}',
    "{{ '\\N{LATIN SMALL LETTER A}' }}",
    "{{ 'a'.encode() }}",
    '{{ [1].append(2) }}',
    '{{ {}.update({}) }}',
    "{{ {}.pop('a') }}",
    '{{ [3, 1].sort() }}',
    '{{ lipsum() }}',
    '{% do 1 %}',
    '{% autoescape true %}{% endautoescape %}',
    '{% trans %}{% endtrans %}',
    '{% debug %}',
  ])('%s', (template) => {
    expect(() => render(template)).toThrow(TemplateError)
  })
})

describe('no template runs or grows without end', () => {
  const templates = [
    '{{ range(10 ** 9) }}',
    '{{ range(0, 10 ** 30) }}',
    '{% for x in range(10000) %}{% for y in range(10000) %}{% endfor %}{% endfor %}',
    "{{ 'a' * 10 ** 9 }}",
    "{{ 'a' * 10 ** 30 }}",
    '{{ [1] * 10 ** 9 }}',
    '{{ 10 ** 9999 }}',
    '{{ 9 ** 9 ** 9 ** 9 ** 9 }}',
    "{{ '%999999999d' % 1 }}",
    "{{ '%.999999999f' % 1 }}",
    "{% set x = 'a' * 60000 %}{{ x ~ x }}",
    "{% set x = 'a' * 60000 %}{{ x.replace('a', 'bb') }}",
    "{% set x = 'a' * 60000 %}{{ [x, x] | join }}",
    "{% set x = 'a' * 60000 %}{{ x.join(['a', 'b', 'c']) }}",
    "{% set x = 'a' * 60000 %}{{ x }}{{ x }}",
    "{% set x = ['a' * 60000] * 100 %}{{ x }}",
    '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
    '{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}',
    `{{ ${'('.repeat(30_000)} }}`,
    `{{ ${'not '.repeat(15_000)}1 }}`,
    `{{ ${'['.repeat(30_000)}${']'.repeat(30_000)} }}`,
    `{{ 1${' + 1'.repeat(15_000)} }}`,
    '{% if 1 %}'.repeat(6_000),
    `{{ 1 }}${' '.repeat(70_000)}`,
    "{% raw %}{{ '{% raw %}' }}{% endraw %}",
    "{{ '{:999999999}'.format(1) }}",
    "{{ '{:.999999999f}'.format(1.0) }}",
    "{{ '{:{}}'.format(1, 999999999) }}",
    `{{ '${'{'.repeat(60_000)}'.format(1) }}`,
    "{{ 'a'.ljust(10 ** 9) }}",
    "{{ 'a'.zfill(10 ** 9) }}",
    "{{ 'a'.center(10 ** 30) }}",
    "{{ 'a' | center(10 ** 9) }}",
    "{{ 'a' | indent(10 ** 9) }}",
    "{{ ('a\n' * 30000) | indent(1000) }}",
    '{{ [1] | batch(10 ** 9, 0) | list }}',
    '{{ [1] | slice(10 ** 9) | list }}',
    '{{ [[1]] | tojson(10 ** 9) }}',
    "{{ ('1' * 60000) | int }}",
    '{{ 1.5 | round(10 ** 9) }}',
    '{{ range(10000) | map("string") | map("list") | list | join }}',
    '{% for x in [[]] recursive %}{{ loop([[]]) }}{% endfor %}',
    '{% set ns = namespace(x=[]) %}{% for i in range(10000) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}',
    '{% set ns = namespace(x=[1]) %}{% for i in range(10000) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
    '{% macro m() %}{{ caller() }}{% endmacro %}{% macro n() %}{% call m() %}{{ n() }}{% endcall %}{% endmacro %}{{ n() }}',
    `{{ ${'{'.repeat(30_000)} }}`,
    `{{ '${'\\x4'.repeat(10_000)}' }}`,
    `{{ x ${'| upper '.repeat(8_000)} }}`,
    '{{ [range(100), range(1000) | batch(1) | list] | last | unique | list }}',
  ]

  it.each(templates.map((template) => [template.slice(0, 60), template] as const))('%s', (_, template) => {
    const started = performance.now()
    expect(() => render(template)).toThrow(TemplateError)
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  const TEXT = "{% set x = 'a' * 60000 %}"
  const DEEP = '{% set ns = namespace(x=[]) %}{% for i in range(60) %}{% set ns.x = [ns.x] %}{% endfor %}'
  const TOO_LONG = 'makes a text longer than 65536 characters'
  const TOO_MANY = 'makes a list of more than 10000 items'
  const TOO_DEEP = 'holds lists too deep in each other'

  // Each of them would be refused for its output by another limit, so they make little.
  const refused = [
    ["{{ ('a' * 65537) | length }}", TOO_LONG],
    [`${TEXT}{{ (x + x) | length }}`, TOO_LONG],
    [`${TEXT}{{ (x ~ x) | length }}`, TOO_LONG],
    [`${TEXT}{{ [x, x] | join | length }}`, TOO_LONG],
    [`${TEXT}{{ ''.join([x, x]) | length }}`, TOO_LONG],
    [`${TEXT}{{ x.replace('a', 'bb') | length }}`, TOO_LONG],
    [`${TEXT}{{ x | replace('a', 'bb') | length }}`, TOO_LONG],
    [`${TEXT}{{ '%s%s' % (x, x) == '' }}`, TOO_LONG],
    [`${TEXT}{{ '{0}{0}'.format(x) == '' }}`, TOO_LONG],
    [`${TEXT}{% set y %}{{ x }}{{ x }}{% endset %}`, TOO_LONG],
    [`${TEXT}{% macro m() %}{{ x }}{{ x }}{% endmacro %}{{ m() | length }}`, TOO_LONG],
    [`${TEXT}{% for y in [x, x] %}{{ y }}{% endfor %}`, TOO_LONG],
    ["{{ ('a\n' * 100) | indent(1000) | length }}", TOO_LONG],
    ["{{ 'a'.ljust(65537) | length }}", TOO_LONG],
    ["{{ 'a' | center(65537) | length }}", TOO_LONG],
    ["{{ '%65537d' % 1 }}", 'a width or precision is too large'],
    ["{{ '%.101f' % 1 }}", 'a width or precision is too large'],
    ["{{ '{:65537}'.format(1) }}", 'a width or precision is too large'],
    ["{{ '{:.101f}'.format(1) }}", 'a width or precision is too large'],
    ['{{ range(10001) | length }}', TOO_MANY],
    ['{{ range(10001)[0] }}', TOO_MANY],
    ['{{ ([1] * 10001) | length }}', TOO_MANY],
    ['{{ ((1,) * 10001) | length }}', TOO_MANY],
    ['{{ (range(6000) + range(6000)) | length }}', TOO_MANY],
    ["{{ ('a ' * 10001).split() | length }}", TOO_MANY],
    ["{{ ('a' * 10001) | list | length }}", TOO_MANY],
    ["{{ ('a\n' * 10001).splitlines() | length }}", TOO_MANY],
    ['{{ [1] | batch(10001, 0) | length }}', TOO_MANY],
    ['{{ [1] | slice(10001) | length }}', TOO_MANY],
    [`${DEEP}{{ ns.x }}`, TOO_DEEP],
    [`${DEEP}{{ ns.x | tojson }}`, TOO_DEEP],
    ['{{ 2 ** 4096 }}', 'makes a number that is too large'],
    ['{{ (2 ** 3000) * (2 ** 3000) }}', 'makes a number that is too large'],
    [`{{ ('1' * 1001) | int }}`, 'makes a number that is too large'],
    [`{#${' '.repeat(70_000)}#}`, 'is longer than 65536 characters'],
    [`{{ ${'['.repeat(30_000)}${']'.repeat(30_000)} }}`, 'is nested too deeply'],
    ['{% set r = range(10000) %}{% for x in r %}{% for y in r %}{% endfor %}{% endfor %}', 'takes too many steps'],
    ["{{ 'abc'[::0] }}", 'slice step cannot be zero'],
  ] as const

  it.each(refused.map(([template, message]) => [template.slice(0, 80), message, template] as const))(
    '%s: %s',
    (...row) => {
      const [, message, template] = row
      const started = performance.now()
      expect(() => render(template)).toThrow(message)
      expect(performance.now() - started).toBeLessThan(2_000)
    },
  )

  const taken = [
    ["{{ ('a' * 65536) | length }}", '65536'],
    ["{{ 'a' * 65536 }}", 'a'.repeat(65_536)],
    ['{{ range(10000) | length }}', '10000'],
    ['{{ (2 ** 1000) | string | length }}', '302'],
    [`{#${' '.repeat(65_500)}#}x`, 'x'],
  ] as const

  it.each(taken.map(([template, expected]) => [template.slice(0, 80), template, expected] as const))(
    '%s is still within limits',
    (_, template, expected) => {
      expect(render(template)).toBe(expected)
    },
  )

  it('shows the values that a circle moves between', () => {
    expect(() => new Renderer().render('{{ a }}', (name) => `{{ ${name === 'a' ? 'b' : 'a'} }}`)).toThrow(
      "goes round in a circle: '{{ a }}' → '{{ b }}' → '{{ a }}'",
    )
  })

  it('stops after 20 rounds, not before', () => {
    expect(() => new Renderer().render('{{ a }}', lengthen())).toThrow('still changes after 20 rounds')
    expect(new Renderer().render('{{ a }}', lengthen(20))).toBe(
      Array.from({ length: 20 }, (_, index) => index + 1).join(''),
    )
    expect(() => new Renderer().render('{{ a }}', lengthen(21))).toThrow('still changes after 20 rounds')
  })

  function lengthen(rounds = 1_000): (name: string) => Value {
    let round = 0
    return () => {
      round += 1
      return round === rounds ? String(round) : `${round}{{ a }}`
    }
  }
})

describe('a template that looks hostile and is fine', () => {
  const templates = [
    "{{ ('1' * 60000 ~ 'x') | float }}",
    "{{ (' ' * 60000 ~ 'x').strip() }}",
    "{{ ('a ' * 9000).split() | length }}",
    "{{ (' ' * 60000 ~ 'x').split() }}",
    `{{ 1 }}${'{#'}${' '.repeat(60_000)}#}`,
    `${'} # %} #} '.repeat(6_000)}{{ 1 }}`,
    `{{ 'x' }}${'\r\n'.repeat(30_000)}`,
  ]

  it.each(templates.map((template) => [template.slice(0, 60), template] as const))('%s', (_, template) => {
    const started = performance.now()
    render(template)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('any text', () => {
  const pieces = fc.constantFrom(
    ...[
      '{{',
      '}}',
      '{%',
      '%}',
      '{#',
      '#}',
      '-',
      ' ',
      'if',
      'for',
      'in',
      'endfor',
      'endif',
      'else',
      'set',
      'macro',
      'raw',
    ],
    ...[
      'settings',
      '.',
      'version',
      '[',
      ']',
      '(',
      ')',
      ',',
      ':',
      '|',
      '~',
      '+',
      '*',
      '**',
      '%',
      '==',
      'is',
      'not',
      'x',
      '=',
    ],
    ...[
      "'a'",
      '"',
      "'",
      '1',
      '2.5',
      'None',
      'constructor',
      '__proto__',
      'join',
      'default',
      'range',
      'map',
      'select',
      'groupby',
      'namespace()',
      'format',
      "'{0.a}{:>9}'",
      'tojson',
      'call',
      'endcall',
      'with',
      'recursive',
      'loop',
      '1e9',
      '{%+',
      '\n',
      '\\',
      'é',
      '😀',
    ],
  )
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
    fc.array(pieces, { maxLength: 20 }).map((parts) => `{{ ${parts.join(' ')} }}`),
    fc.string({ unit: 'binary' }),
  )

  it('is rendered or refused with a TemplateError', () => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(typeof render(text)).toBe('string')
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError)
        }
      }),
      { numRuns: 20_000 },
    )
  }, 120_000)
})
