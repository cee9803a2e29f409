import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** The repository. */
export const REPOSITORY = at('.').replace(/\/$/, '')
/** What several test runs share: fetched tools, a second Node. */
export const TEST_CACHE = at('node_modules/.cache/giftwrap-tests')
/** Material beside the repository; not everybody has it. */
export const SHARED = at('../shared')
export const HAS_SHARED = existsSync(SHARED)
