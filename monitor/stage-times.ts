import { quantile } from '../core/figures.ts';
import type { PassedBatch } from '../lake/readers.ts';

/** Seconds that the oldest change of a batch spent in one stage, over the last minutes. */
export interface StageTime {
  readonly stage: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** A stage lies between two of a batch's moments. */
const STAGES: readonly (readonly [stage: string, from: keyof PassedBatch, to: keyof PassedBatch])[] = [
  ['commit to received', 'committedMs', 'receivedMs'],
  ['received to durable', 'receivedMs', 'durableMs'],
  ['durable to applied (waits)', 'durableMs', 'begunMs'],
  ['applied to queryable', 'begunMs', 'queryableMs'],
  ['commit to queryable', 'committedMs', 'queryableMs'],
];

/**
 * `clockOffsetMs`: the source's clock minus ours. The commit time is by the source's clock, all
 * later moments are by ours. Pure.
 */
export function stageTimes(batches: readonly PassedBatch[], clockOffsetMs: number): StageTime[] {
  if (batches.length === 0) return [];
  return STAGES.map(([stage, from, to]) => {
    const skewMs = from === 'committedMs' ? clockOffsetMs : 0;
    const spent = batches.map((batch) => Math.max(0, batch[to] - batch[from] + skewMs) / 1000);
    return { stage, p50: quantile(spent, 0.5), p95: quantile(spent, 0.95), p99: quantile(spent, 0.99) };
  });
}
