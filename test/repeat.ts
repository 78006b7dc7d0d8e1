import { spawn } from 'node:child_process';
import { once } from 'node:events';

const TIMES = 5;

/**
 * Runs one file of tests alone, five times. `version`: the Postgres major of its server, or the
 * default one. Returns whether every time passed; the output of each goes to stderr.
 */
export async function passesAlone(file: string, version: string | undefined): Promise<boolean> {
  for (let time = 1; time <= TIMES; time += 1) {
    const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', file], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, TAILRACE_TEST_REPORT: undefined, ...(version === undefined ? {} : { TEST_PG_VERSION: version }) },
    });
    await once(child, 'close');
    if (child.exitCode !== 0) return false;
  }
  return true;
}
