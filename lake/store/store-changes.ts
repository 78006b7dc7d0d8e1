import { abortableSleep } from '../../core/loop.ts';
import { elapsed } from '../../core/time.ts';
import { POLL_WATCHED_MS } from './attention.ts';
import type { Attention } from './attention.ts';
import type { ObjectStore } from './object-store.ts';
import { Wakeups } from './wakeups.ts';

const POLL_MS = 500;

/**
 * Yields at once, then whenever something below `prefix` may have changed: the store reports it
 * where it can be watched, and is polled where it cannot. Ends when the signal is aborted. A reader
 * that looks after each yield misses nothing. `attention`: how often to poll a store that cannot be
 * watched; default twice a second. A call of it yields at once, in any store.
 */
export async function* storeChanges(
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal,
  attention: Attention | null = null,
): AsyncGenerator<void> {
  const ended = new AbortController();
  const scope = AbortSignal.any([signal, ended.signal]);
  const bell = new Wakeups();
  const watching = watchInto(bell, store, { prefix, scope });
  const watched = store.watch !== undefined;
  const pause = (): Promise<void> =>
    attention === null
      ? abortableSleep(watched ? POLL_WATCHED_MS : POLL_MS, scope)
      : attention.pause(scope, watched ? attention.watchedPauseMs(elapsed()) : null);
  const polling = pollInto(bell, pause, scope);
  try {
    yield* bell.rings(scope);
  } finally {
    ended.abort();
    await Promise.all([watching, polling]);
  }
}

async function watchInto(bell: Wakeups, store: ObjectStore, { prefix, scope }: { prefix: string; scope: AbortSignal }): Promise<void> {
  if (store.watch === undefined) return;
  try {
    for await (const _change of store.watch(prefix, scope)) bell.ring();
  } catch {
    // A place that cannot be watched is polled.
  }
}

async function pollInto(bell: Wakeups, pause: () => Promise<void>, scope: AbortSignal): Promise<void> {
  while (!scope.aborted) {
    await pause();
    bell.ring();
  }
}
