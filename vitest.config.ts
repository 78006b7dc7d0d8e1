import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/long-first.ts';

/** The file from which .ci/run reads the counts. */
const report = process.env['TAILRACE_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Most tests wait for servers and processes, so two cores serve four files at once.
    maxWorkers: 4,
    // The same for tests of one file that say `test.concurrent`.
    maxConcurrency: 3,
    sequence: { sequencer: LongFirst },
    // For a test that hangs, not for a slow one: machines differ and are shared.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
