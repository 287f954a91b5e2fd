import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests import the package by its name: `paths` of tsconfig.json.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    pool: 'threads',
    // No test leaves anything behind in a module, so what is loaded once serves all files of a worker.
    isolate: false,
    // The usual is one fewer than there are cores, which on two is half of them.
    maxWorkers: '100%',
    // Only there to end what hangs: some tests start processes, on machines that have other things to do.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
})
