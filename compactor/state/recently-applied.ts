import type { Moment } from '../../core/time.ts';
import type { Manifest } from '../../lake/manifest.ts';
import type { PassedBatch, PassedWindow } from '../../lake/readers.ts';

const BATCHES = 100;
const WINDOWS = 10;
/** What was applied earlier says nothing about the present. */
const KEPT_MS = 300_000;

/**
 * Batches and windows that were applied in the last minutes, for finding out where the time goes.
 */
export class RecentlyApplied {
  #passed: readonly { readonly batch: PassedBatch; readonly elapsedMs: number }[] = [];
  #windows: readonly PassedWindow[] = [];

  /** Newest last. */
  get batches(): readonly PassedBatch[] {
    return this.#passed.map(({ batch }) => batch);
  }

  /** Newest first. */
  get windows(): readonly PassedWindow[] {
    return this.#windows;
  }

  /** Notes batches of live tables that a window has made queryable. */
  note(batches: readonly Manifest[], { begun, done }: { begun: Moment; done: Moment }): void {
    const passed = batches.flatMap(({ commitTimes, times, heartbeat }): PassedBatch[] =>
      heartbeat || commitTimes === null || times === undefined
        ? []
        : [
            {
              committedMs: Date.parse(commitTimes[0]),
              receivedMs: Date.parse(times.received),
              durableMs: Date.parse(times.stored),
              begunMs: begun.wallMs,
              queryableMs: done.wallMs,
            },
          ],
    );
    if (passed.length === 0) return;
    const { elapsedMs } = done;
    const kept = this.#passed.filter((one) => one.elapsedMs > elapsedMs - KEPT_MS);
    this.#passed = [...kept, ...passed.map((batch) => ({ batch, elapsedMs }))].slice(-BATCHES);
  }

  noteWindow(window: PassedWindow): void {
    this.#windows = [window, ...this.#windows].slice(0, WINDOWS);
  }
}
