import { defineConfig } from 'vitest/config'

// The tests that mutations are held against: those of src/core that are quick, and not the random ones, which find everything
// some day and nothing twice.
// First only the tests that mirror the folder: most mutations are noticed there, in a fraction of the time. What is not, all of
// them are held against.
const { QUORATE_NEAR: near } = process.env

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: [near ?? 'test/{unit,paper,museum,features}/**/*.test.ts'],
    exclude: [
      'test/unit/{model,sim}/**',
      'test/unit/storage/mem-storage-model.test.ts',
      'test/paper/figure-3-properties.test.ts',
    ],
    pool: 'threads',
    testTimeout: 20_000,
  },
})
