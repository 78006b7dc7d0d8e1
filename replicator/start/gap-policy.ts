import type { EpochInfo } from '../../lake/epoch.ts';

const DAY_MS = 86_400_000;

/** So many new epochs a day may answer gaps by themselves. */
export const EPOCHS_A_DAY = 3;

/**
 * Whether a gap may be answered by a new epoch, which copies every table again: never when told to
 * stop, else three times a day. The lake counts, so that restarts do not. `nowMs`: by the source's
 * clock, as the epochs have it.
 */
export function mayBeginEpoch(onGap: 'stop' | 'resync', epochs: readonly Pick<EpochInfo, 'answeredGapAt'>[], nowMs: number): boolean {
  return onGap === 'resync' && answeredToday(epochs, nowMs) < EPOCHS_A_DAY;
}

/**
 * How many gaps were answered by a new epoch within a day. A clock that was ahead must not count
 * for ever, nor not at all.
 */
function answeredToday(epochs: readonly Pick<EpochInfo, 'answeredGapAt'>[], nowMs: number): number {
  const answered = epochs.flatMap(({ answeredGapAt }) => (answeredGapAt === undefined ? [] : [Date.parse(answeredGapAt)]));
  return answered.filter((ms) => Math.abs(nowMs - ms) < DAY_MS).length;
}
