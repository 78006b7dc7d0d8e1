import { existsSync, globSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What to say where it is missing. */
export const FAKETIME_MISSING = 'libfaketime is not there: apt-get install faketime';

/**
 * A wall clock that is set by hand, for processes that are started with its environment. Clocks
 * that never step go on as they are.
 */
export interface SteppingClock {
  readonly environment: Readonly<Record<string, string>>;
  /** Sets it this many seconds off the true time, also for processes that are running already. */
  step(seconds: number): void;
}

/**
 * Null where libfaketime (https://github.com/wolfcw/libfaketime) is not installed, which is an
 * error when CI is set and TAILRACE_TEST_CLOCK is not `none`.
 */
export function steppingClock(folder: string): SteppingClock | null {
  const library = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1').find((file) => existsSync(file));
  if (library === undefined) {
    if (process.env['CI'] !== undefined && process.env['TAILRACE_TEST_CLOCK'] !== 'none') throw new Error(FAKETIME_MISSING);
    return null;
  }
  const file = path.join(folder, 'clock');
  const step = (seconds: number): void => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}`);
  step(0);
  return {
    step,
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // The name it had, and the one it has.
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  };
}
