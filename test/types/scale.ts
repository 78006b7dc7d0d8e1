import { appendFileSync } from 'node:fs';

/**
 * How much is judged: a short fixed set in every run of all tests, or what `npm run test:types`
 * asks for (test/types/run.ts).
 */
export interface Scale {
  readonly full: boolean;
  /** The same seed draws the same values and plays. */
  readonly seed: number;
  /** Values drawn per type besides the edges; plays and names grow with it. */
  readonly random: number;
  /** For what may take how long. */
  readonly timeoutMs: number;
}

const full = process.env['TEST_TYPES'] === 'full';

export const SCALE: Scale = {
  full,
  seed: Number(process.env['TEST_TYPES_SEED'] ?? 1),
  random: Number(process.env['TEST_TYPES_RANDOM'] ?? (full ? 10 : 1)),
  timeoutMs: full ? 3_600_000 : 600_000,
};

/**
 * Whether a case is to be judged: every case is, or those whose name contains the text of
 * TEST_TYPES_ONLY.
 */
export function chosen(name: string): boolean {
  return name.includes(process.env['TEST_TYPES_ONLY'] ?? '');
}

/** What a test has judged, for the last line of the run. */
export interface Judged {
  readonly types: number;
  readonly values: number;
  readonly comparisons: number;
}

export function report(judged: Judged): void {
  const file = process.env['TEST_TYPES_REPORT'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(judged)}\n`);
}
