import type { Log } from '../../core/log.ts';
import { abortableSleep, turned } from '../../core/loop.ts';
import { elapsed } from '../../core/time.ts';
import { claimLease, getPosition, lastLease } from '../../lake/readers.ts';
import type { LastLease, LeaseTaker } from '../../lake/readers.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { hasEnded, processLife } from './process-life.ts';

/** How a compactor waits for another one of its server. Times by a clock that never steps. */
export interface StandByPace {
  /** The other one is gone when its position.json has not moved for this long. */
  readonly silentMs: number;
  /** Time between two looks; null: a second, or five on S3, where each look costs money. */
  readonly lookMs: number | null;
}

/** A compactor that works renews its position.json at least every 25 s (position-file.ts). */
export const STAND_BY: StandByPace = { silentMs: 60_000, lookMs: null };
const LOOK_MS = { s3: 5_000, other: 1_000 };

export interface StandByOptions {
  readonly store: ObjectStore;
  readonly warehouseId: string;
  readonly by: string;
  readonly pace: StandByPace;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called once, when another compactor was found. */
  readonly onStandBy: () => void;
}

/**
 * Takes the lease of a server once no other compactor works on it, and returns its number; null:
 * the signal was aborted first. It is free when its last holder released it, or is a process of
 * this machine that has ended, or has not moved its position.json for a while as this process saw
 * it. Clocks of others do not count. Errors are those of the store.
 */
export async function leaseInTurn(options: StandByOptions): Promise<number | null> {
  const { store, warehouseId, by, pace, log, signal } = options;
  const taker: LeaseTaker = { by, life: await processLife() };
  let last = await lastLease(store, warehouseId);
  let heard = await lastSign(store, warehouseId, last);
  let [heardAtMs, said] = [elapsed(), false];
  for (;;) {
    if (last === null || last.released || elapsed() - heardAtMs >= pace.silentMs || (await hasEnded(last.life))) {
      const n = (last?.n ?? 0) + 1;
      if (await claimLease(store, warehouseId, n, taker)) {
        if (said) log.info({ lease: n }, 'took over from the other compactor');
        return n;
      }
    } else if (!said) {
      log.info({ lease: last.n, silentMs: pace.silentMs }, 'standing by: another compactor works on this warehouse');
      options.onStandBy();
      said = true;
    }
    turned();
    await abortableSleep(pace.lookMs ?? LOOK_MS[store.location.kind === 's3' ? 's3' : 'other'], signal);
    if (signal.aborted) return null;
    last = await lastLease(store, warehouseId, last);
    const sign = await lastSign(store, warehouseId, last);
    if (sign !== heard) [heard, heardAtMs] = [sign, elapsed()];
  }
}

/** Changes whenever a compactor of the warehouse shows that it works. */
async function lastSign(store: ObjectStore, warehouseId: string, last: LastLease | null): Promise<string> {
  const position = await getPosition(store, warehouseId);
  return `${last?.n} ${position?.at} ${position?.appliedLsn}`;
}
