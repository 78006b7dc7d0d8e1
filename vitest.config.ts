import { defineConfig } from 'vitest/config';

/** Where .ci/run reads the counts from. */
const report = process.env['TAILRACE_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // For what hangs, not for what is slow: machines differ, and others work on them too.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
