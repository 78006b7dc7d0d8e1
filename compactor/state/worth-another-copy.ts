import type { Generation } from './generation.ts';

const HOUR_MS = 3_600_000;
const COPIES_AN_HOUR = 3;

/**
 * Whether a table with an unresolved value is worth another copy. Not when the copy made for the
 * last one failed before it went live, and not more than three times an hour: a lasting cause would
 * copy it forever. `earlier`: the table's generations before the failing one, oldest first.
 */
export function worthAnotherCopy(failing: Generation, earlier: readonly Generation[], nowMs: number): boolean {
  if (failing.state !== 'live' && isUnresolved(earlier.at(-1))) return false;
  return earlier.filter((one) => isUnresolved(one) && nowMs - Date.parse(one.error?.at ?? '') < HOUR_MS).length < COPIES_AN_HOUR;
}

function isUnresolved(one: Generation | undefined): boolean {
  return one?.error?.code === 'VALUE_UNRESOLVED';
}
