import type { CopyProgress } from '../lake/snapshot-log.ts';

/** How far a copy is; `secondsLeft` is null as long as nothing can be said. */
export interface CopyStatus {
  /**
   * Of the table, from 0 to 1: by chunks that are in the lake and ranges that were planned, each of
   * which is about one.
   */
  readonly share: number;
  readonly secondsLeft: number | null;
}

/** Time left at the mean rate since the copy was begun. `nowMs`: our clock. */
export function copyStatus({ plan, chunks, done }: CopyProgress, nowMs: number): CopyStatus {
  const share = done ? 1 : Math.min(1, chunks / plan.ranges.length);
  const seconds = (nowMs - Date.parse(plan.createdAt)) / 1000;
  const known = share > 0 && share < 1 && seconds > 0;
  return { share, secondsLeft: known ? Math.ceil((seconds * (1 - share)) / share) : null };
}
