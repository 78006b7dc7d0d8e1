import path from 'node:path';

/**
 * The program that tests start: this checkout as a few files (bundled-program.ts), or the checkout
 * itself where vitest does not run.
 */
export const PROGRAM = process.env['TAILRACE_TEST_PROGRAM'] ?? path.join(import.meta.dirname, '../../../bin/tailrace.js');
