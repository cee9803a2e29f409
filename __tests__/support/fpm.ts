import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { provideFpm } from '../../src/tools/fpm.js'
import { HAS_SHARED, SHARED } from './paths.js'
import { hasTool, need } from './requirements.js'
import { testPorts } from './test-ports.js'

/** fpm's gems, beside the repository. */
export const GEMS = join(SHARED, 'gems')

export function needGems(context: TestContext): void {
  need(context, HAS_SHARED, 'the folder ../shared with gems')
  for (const tool of ['gem', 'ar', 'zstd']) need(context, hasTool(tool), tool)
}

/** fpm, made of the gems once for all test runs. */
export async function testFpm(context: TestContext) {
  needGems(context)
  return provideFpm(testPorts(), GEMS)
}

/** The environment for a command line that is to find fpm there. */
export async function fpmEnvironment(context: TestContext): Promise<Record<string, string>> {
  const fpm = await testFpm(context)
  return { ...fpm.env, PATH: `${join(fpm.path, '..')}:${process.env.PATH}` }
}
