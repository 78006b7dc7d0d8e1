import { benchCatchup } from './catchup-case.ts';
import { benchFreshness } from './freshness-case.ts';
import { benchIdle } from './idle-case.ts';
import { benchMarts } from './marts-case.ts';
import { benchMerge } from './merge-case.ts';
import { benchMixed } from './mixed-case.ts';
import { benchRead } from './read-case.ts';
import type { Outcome } from '../result.ts';
import type { Settings } from '../settings.ts';
import { benchSnapshot } from './snapshot-case.ts';
import { benchLarge, benchStream } from './stream-case.ts';
import { benchTables } from './tables-case.ts';
import { benchVerify } from './verify-case.ts';

/** Every case by its name on the command line. */
export const CASES = {
  stream: benchStream,
  mixed: benchMixed,
  large: benchLarge,
  snapshot: benchSnapshot,
  freshness: benchFreshness,
  merge: benchMerge,
  read: benchRead,
  verify: benchVerify,
  catchup: benchCatchup,
  idle: benchIdle,
  tables: benchTables,
  marts: benchMarts,
} as const satisfies Record<string, (settings: Settings) => Promise<Outcome>>;

export function isCase(name: string): name is keyof typeof CASES {
  return name in CASES;
}
