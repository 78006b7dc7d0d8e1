import { TailraceError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { abortableSleep } from '../../core/loop.ts';
import { elapsed } from '../../core/time.ts';
import { abortAfter } from '../../core/timer.ts';
import { readEpochs } from '../../lake/epoch.ts';
import { placeOf, readLake } from '../../lake/lake-identity.ts';
import type { LakeInfo } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';

const LOCAL_EVERY_MS = 100;
const REMOTE_EVERY_MS = 1_000;
/** A `run` creates its lake within this time, also on a busy machine. */
const CREATED_WITHIN_MS = 20_000;

/** A lake, and whether nothing has been replicated into it yet: then its roles may still start. */
export interface AwaitedLake {
  readonly lake: LakeInfo;
  readonly isNew: boolean;
}

/**
 * Reads the lake. Where there is none, a `run` that was started a moment ago may still create it,
 * so it is waited for, 20 s at most; the place is logged at once, because it may be a wrong one.
 * LAKE_MISSING when there is none then, or at `deadlineMs` by the clock of this process.
 */
export async function awaitLake(store: ObjectStore, deadlineMs: number, log: Log): Promise<AwaitedLake> {
  const untilMs = Math.min(deadlineMs, elapsed() + CREATED_WITHIN_MS);
  for (let isNew = false; ; isNew = true) {
    const lake = await readLake(store, null);
    if (lake !== null) return { lake, isNew: isNew || (await readEpochs(store)).length === 0 };
    if (elapsed() >= untilMs) throw new TailraceError('LAKE_MISSING', `there is no lake in ${placeOf(store)}`);
    if (!isNew) log.warn({ lake: placeOf(store) }, 'there is no lake yet, it is waited for');
    await abortableSleep(everyMs(store), abortAfter(untilMs - elapsed()));
  }
}

/** How often a process that waits looks at a store. */
export function everyMs({ location }: ObjectStore): number {
  return location.kind === 's3' ? REMOTE_EVERY_MS : LOCAL_EVERY_MS;
}
