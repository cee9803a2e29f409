import { defineConfig } from 'vitest/config'

const results = process.env.GIFTWRAP_TEST_RESULTS

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    setupFiles: ['__tests__/support/property-runs.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    reporters: results === undefined ? ['default'] : ['default', ['json', { outputFile: results }]],
  },
})
