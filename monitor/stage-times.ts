import { quantile } from '../core/figures.ts';
import type { PassedBatch } from '../lake/readers.ts';

/** Seconds that the oldest change of a batch spent in one stage, over the last minutes. */
export interface StageTime {
  readonly stage: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

const COMMIT = 0;
const QUERYABLE = 4;
/** A stage lies between two of a batch's moments. */
const STAGES: readonly (readonly [string, number, number])[] = [
  ['commit to received', COMMIT, 1],
  ['received to durable', 1, 2],
  ['durable to applied (waits)', 2, 3],
  ['applied to queryable', 3, QUERYABLE],
  ['commit to queryable', COMMIT, QUERYABLE],
];

/**
 * `clockOffsetMs`: the source's clock minus ours. The commit time is by the source's clock, all
 * later moments are by ours. Pure.
 */
export function stageTimes(batches: readonly PassedBatch[], clockOffsetMs: number): StageTime[] {
  if (batches.length === 0) return [];
  return STAGES.map(([stage, from, to]) => {
    const skewMs = from === COMMIT ? clockOffsetMs : 0;
    const spent = batches.map((batch) => Math.max(0, (batch[to] ?? 0) - (batch[from] ?? 0) + skewMs) / 1000);
    return { stage, p50: quantile(spent, 0.5), p95: quantile(spent, 0.95), p99: quantile(spent, 0.99) };
  });
}
