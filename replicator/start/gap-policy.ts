import type { EpochInfo } from '../../lake/epoch.ts';

const DAY_MS = 86_400_000;

/** How many gaps a day a new epoch may answer. */
export const EPOCHS_A_DAY = 3;

/**
 * Whether a new epoch, which copies every table again, may answer a gap: never with `stop`,
 * otherwise three times a day. The epochs in the lake are counted, so restarts do not reset the
 * count. `nowMs` is by the source's clock, as in the epochs.
 */
export function mayBeginEpoch(onGap: 'stop' | 'resync', epochs: readonly Pick<EpochInfo, 'answeredGapAt'>[], nowMs: number): boolean {
  return onGap === 'resync' && answeredToday(epochs, nowMs) < EPOCHS_A_DAY;
}

/**
 * How many gaps were answered within a day. An answer from a clock that was ahead must count, but
 * not for ever.
 */
function answeredToday(epochs: readonly Pick<EpochInfo, 'answeredGapAt'>[], nowMs: number): number {
  const answered = epochs.flatMap(({ answeredGapAt }) => (answeredGapAt === undefined ? [] : [Date.parse(answeredGapAt)]));
  return answered.filter((ms) => Math.abs(nowMs - ms) < DAY_MS).length;
}
