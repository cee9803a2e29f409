import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'vitest'

/** Set in CI: what a machine lacks is a failure there, not a skip. */
const REQUIRE_ALL = process.env.GIFTWRAP_TEST_REQUIRE_ALL === '1'

/** Skips the test, naming what the machine lacks; fails it where nothing may be lacking. */
export function need(context: TestContext, there: boolean, what: string): void {
  if (there) return
  if (REQUIRE_ALL) throw new Error(`this machine lacks ${what}`)
  context.skip(`this machine lacks ${what}`)
}

/** True when an executable is on the PATH. */
export function hasTool(name: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((folder) => existsSync(join(folder, name)))
}
