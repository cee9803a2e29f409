import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Budget } from '../../src/manifest/template/budget.js'
import { parseTemplate } from '../../src/manifest/template/parse-template.js'
import { runStatements } from '../../src/manifest/template/run-statements.js'
import { Scope } from '../../src/manifest/template/scope.js'
import { Namespace, type Value } from '../../src/manifest/template/value.js'
import { Renderer } from '../../src/manifest/templates.js'

const SETTINGS = new Map<string, Value>([
  ['version', '1.0'],
  ['names', ['a', 'b']],
])
const lookUp = (name: string): Value | undefined =>
  name === 'settings' ? new Namespace('settings', (key) => SETTINGS.get(key)) : undefined

const render = (template: string): string => new Renderer().render(template, lookUp)

describe('a template', () => {
  // Expected texts come from Python's Jinja2 3.1 with strict undefined values; null is an error there.
  const corpus: [string, string | null][] = JSON.parse(
    readFileSync(new URL('./jinja-corpus.json', import.meta.url), 'utf8'),
  )

  it.each(corpus)('%s', (template, expected) => {
    const once = (): string => runStatements(parseTemplate(template), new Scope(lookUp), new Budget())
    if (expected === null) expect(once).toThrow(expect.objectContaining({ name: 'TemplateError' }))
    else expect(once()).toBe(expected)
  })

  it('is rendered again until nothing changes', () => {
    expect(render("{{ '{{ settings.version }}' }}")).toBe('1.0')
  })

  it.each([
    ['{% raw %}{{ x }}', '{% raw %} without {% endraw %}'],
    ['{{ a.b }}', "'a' is unknown"],
    ['{{ 1 | nofilter }}', "no filter is named 'nofilter'"],
    ['{{ 1 is notest }}', "no test is named 'notest'"],
    ['{{ 1 + }}', "expected a value, found '}}'"],
    ['{{ (1 }}', "expected ')', found '}}'"],
    ['{{ "abc }}', 'the template ends too early'],
    ['{% if 1 %}', 'the template ends too early'],
    ['{% endif %}', "'endif' without its beginning"],
    ['{{ settings }}', "'settings' is not a text"],
    ['{{ 1 / 0 }}', 'division by zero'],
    ['{{ "a" + 1 }}', "unsupported operand type(s) for +: 'str' and 'int'"],
  ])('%s is refused', (template, message) => {
    expect(() => render(template)).toThrow(message)
  })
})
