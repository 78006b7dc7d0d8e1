import { defineConfig } from 'vitest/config';
import { LongFirst, NEEDS_NOTHING } from './test/long-first.ts';

/** The file from which .ci/run reads the counts. */
const report = process.env['TAILRACE_TEST_REPORT'];

const OTHERS = ['node_modules/**', 'dist/**'];
const WITHOUT_SUFFIX = '**/+([!.]).test.ts';

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'needs servers',
          include: ['**/*.test.ts'],
          exclude: [...OTHERS, WITHOUT_SUFFIX],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
      // A process for each file would load the same modules every time.
      { extends: true, test: { name: NEEDS_NOTHING, include: [WITHOUT_SUFFIX], exclude: OTHERS, isolate: false } },
    ],
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
