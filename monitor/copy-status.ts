import type { CopyProgress } from '../lake/snapshot-log.ts';

/** The progress of a copy; `secondsLeft` is null while it is unknown. */
export interface CopyStatus {
  /**
   * The share of the table, from 0 to 1: chunks in the lake over planned ranges. A range is about
   * one chunk.
   */
  readonly share: number;
  readonly secondsLeft: number | null;
}

/** The time left assumes the mean rate since the copy began. `nowMs`: our clock. */
export function copyStatus({ plan, chunks, done }: CopyProgress, nowMs: number): CopyStatus {
  const share = done ? 1 : Math.min(1, chunks / plan.ranges.length);
  const seconds = (nowMs - Date.parse(plan.createdAt)) / 1000;
  const known = share > 0 && share < 1 && seconds > 0;
  return { share, secondsLeft: known ? Math.ceil((seconds * (1 - share)) / share) : null };
}
