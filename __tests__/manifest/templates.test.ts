import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Budget } from '../../src/manifest/template/budget.js'
import { parseTemplate } from '../../src/manifest/template/parse-template.js'
import { runStatements } from '../../src/manifest/template/run-statements.js'
import { Scope } from '../../src/manifest/template/scope.js'
import { TemplateError } from '../../src/manifest/template/template-error.js'
import { Namespace, type Value } from '../../src/manifest/template/value.js'
import { Renderer } from '../../src/manifest/templates.js'
import { provideJinja, renderByJinja } from './jinja.js'

const SETTINGS = new Map<string, Value>([
  ['version', '1.0'],
  ['names', ['a', 'b']],
])
const lookUp = (name: string): Value | undefined =>
  name === 'settings' ? new Namespace('settings', (key) => SETTINGS.get(key)) : undefined

const render = (template: string): string => new Renderer().render(template, lookUp)

const once = (template: string): string | null => {
  try {
    return runStatements(parseTemplate(template), new Scope(lookUp), new Budget())
  } catch (error) {
    if (error instanceof TemplateError) return null
    throw error
  }
}

// What Jinja2 3.1 with strict undefined values makes of each template; null is an error there.
const corpus: [string, string | null][] = JSON.parse(
  readFileSync(new URL('./jinja-corpus.json', import.meta.url), 'utf8'),
)

describe('a template', () => {
  it.each(corpus)('%s', (template, expected) => {
    expect(once(template)).toBe(expected)
  })

  it('gives what Python gives, asked now', { timeout: 120_000 }, async (context) => {
    const jinja = await provideJinja()
    if ('lacks' in jinja) {
      if (process.env.GIFTWRAP_TEST_REQUIRE_ALL === '1') throw new Error(`this machine lacks ${jinja.lacks}`)
      return context.skip(`this machine lacks ${jinja.lacks}`)
    }
    const templates = corpus.map(([template]) => template)
    const rendered = renderByJinja(jinja.folder, templates)
    expect(templates.length).toBeGreaterThanOrEqual(120)
    expect(templates.map((template, index) => [template, rendered[index]])).toEqual(
      templates.map((template) => [template, once(template)]),
    )
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
    ['{{ (1 }}', "expected ')', found '}'"],
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
