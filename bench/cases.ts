import type { Outcome } from './result.ts';
import type { Settings } from './settings.ts';
import { benchSnapshot } from './snapshot-case.ts';
import { benchLarge, benchStream } from './stream-case.ts';

/** Every case by its name on the command line. */
export const CASES = {
  stream: benchStream,
  large: benchLarge,
  snapshot: benchSnapshot,
} as const satisfies Record<string, (settings: Settings) => Promise<Outcome>>;

export function isCase(name: string): name is keyof typeof CASES {
  return name in CASES;
}
