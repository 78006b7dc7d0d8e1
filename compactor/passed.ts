import type { Manifest } from '../lake/manifest.ts';
import type { PassedBatch, PassedWindow } from '../lake/readers.ts';

const BATCHES = 100;
const WINDOWS = 10;
/** What passed earlier says nothing about now. */
const KEPT_MS = 300_000;

/** What came through lately, for those who want to know where the time goes. */
export class Passed {
  #batches: readonly PassedBatch[] = [];
  #windows: readonly PassedWindow[] = [];

  /** Newest last. */
  get batches(): readonly PassedBatch[] {
    return this.#batches;
  }

  /** Newest first. */
  get windows(): readonly PassedWindow[] {
    return this.#windows;
  }

  /** Batches of live tables that a window has made queryable. */
  note(batches: readonly Manifest[], { begunMs, doneMs }: { begunMs: number; doneMs: number }): void {
    const passed = batches.flatMap(({ commitTimes, times, heartbeat }): PassedBatch[] =>
      heartbeat || commitTimes === null || times === undefined
        ? []
        : [[Date.parse(commitTimes[0]), Date.parse(times.received), Date.parse(times.stored), begunMs, doneMs]],
    );
    if (passed.length === 0) return;
    this.#batches = [...this.#batches, ...passed].filter((batch) => batch[4] > doneMs - KEPT_MS).slice(-BATCHES);
  }

  noteWindow(window: PassedWindow): void {
    this.#windows = [window, ...this.#windows].slice(0, WINDOWS);
  }
}
