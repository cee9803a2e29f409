import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readInputs } from '../../src/action/inputs.js'
import { REPOSITORY } from '../support/paths.js'

const field = z.strictObject({ description: z.string().min(10), default: z.string().optional() })
const metadata = z
  .object({
    name: z.string(),
    description: z.string(),
    branding: z.object({ icon: z.string(), color: z.string() }),
    inputs: z.record(z.string(), field),
    outputs: z.record(z.string(), z.strictObject({ description: z.string().min(10) })),
    runs: z.object({ using: z.string(), main: z.string() }),
  })
  .parse(load(readFileSync(join(REPOSITORY, 'action.yml'), 'utf8')))

const RUNNER = { ACTIONS_RUNTIME_TOKEN: 'token', ACTIONS_RESULTS_URL: 'http://127.0.0.1/' }

describe('action.yml', () => {
  it('runs the bundle on Node 24', () => {
    expect(metadata.runs).toEqual({ using: 'node24', main: 'dist/index.js' })
  })

  it('has the inputs that the code reads, no more and no fewer', () => {
    const read = new Set<string>()
    const input = (name: string) => {
      read.add(name)
      return ''
    }
    readInputs(input, RUNNER)
    expect([...read].sort()).toEqual(Object.keys(metadata.inputs).sort())
  })

  it("has the code's defaults", () => {
    const given = readInputs((name) => metadata.inputs[name]?.default ?? 'no default', RUNNER)
    expect(given).toEqual(readInputs(() => '', RUNNER))
  })

  it('gives every input a default, so that the runner sets each', () => {
    for (const [name, { default: value }] of Object.entries(metadata.inputs)) expect(value, name).toBeDefined()
  })

  it('names the outputs', () => {
    expect(Object.keys(metadata.outputs).sort()).toEqual([
      'artifact-id',
      'matrix',
      'packages',
      'plan',
      'release-url',
      'report',
      'result',
      'sums',
    ])
  })
})
