// Mutation testing of src/core: `npm run mutation`, which runs it folder by folder (scripts/mutation.mjs).
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  plugins: ['@stryker-mutator/vitest-runner'],
  coverageAnalysis: 'perTest',
  // Words are for people: that a message reads otherwise is not a bug.
  mutator: { excludedMutations: ['StringLiteral'] },
  // What runs once, when a file is loaded, cannot be switched on and off between tests.
  ignoreStatic: true,
  incremental: true,
  tempDirName: '.stryker-tmp',
  timeoutMS: 10_000,
  concurrency: 2,
  reporters: ['json'],
}
