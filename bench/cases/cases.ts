import { benchBase } from './base-case.ts';
import { benchCatchup } from './catchup-case.ts';
import { benchCluster } from './cluster-case.ts';
import { benchFreshness } from './freshness-case.ts';
import { benchHistory } from './history-case.ts';
import { benchIdle } from './idle-case.ts';
import { benchMarts } from './marts-case.ts';
import { benchMerge } from './merge-case.ts';
import { benchMixed } from './mixed-case.ts';
import { benchRead } from './read-case.ts';
import type { Outcome } from '../result.ts';
import type { Settings } from '../settings.ts';
import { benchRewrite } from './rewrite-case.ts';
import { benchSnapshot } from './snapshot-case.ts';
import { benchLarge, benchStream } from './stream-case.ts';
import { benchTables } from './tables-case.ts';
import { benchVerify } from './verify-case.ts';
import { benchYear } from './year-case.ts';

/** Every case by its name on the command line, in the order of the table of `all`. */
export const CASES = {
  stream: benchStream,
  mixed: benchMixed,
  catchup: benchCatchup,
  snapshot: benchSnapshot,
  read: benchRead,
  merge: benchMerge,
  history: benchHistory,
  rewrite: benchRewrite,
  verify: benchVerify,
  tables: benchTables,
  idle: benchIdle,
  large: benchLarge,
  freshness: benchFreshness,
  marts: benchMarts,
  base: benchBase,
  year: benchYear,
  cluster: benchCluster,
} as const satisfies Record<string, (settings: Settings) => Promise<Outcome>>;

export function isCase(name: string): name is keyof typeof CASES {
  return name in CASES;
}
