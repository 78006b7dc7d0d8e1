import type { Moment } from '../core/time.ts';

/**
 * Measures how long another process has been silent. Its messages carry the time of its own clock,
 * which may be wrong, and our wall clock may step. So the time of the first message is believed;
 * each later one is at most as old as the time since our last look. Pure: times are arguments.
 */
export class Silence {
  #last: { readonly word: string; readonly lookedMs: number; readonly heardMs: number } | null = null;

  /** `word`: the newest message, an ISO time. Returns milliseconds since it, never negative. */
  silentMs(word: string, { wallMs, elapsedMs }: Moment): number {
    const last = this.#last;
    if (last?.word === word) {
      this.#last = { ...last, lookedMs: elapsedMs };
      return elapsedMs - last.heardMs;
    }
    const said = Math.max(0, wallMs - Date.parse(word));
    const silentMs = last === null ? said : Math.min(said, elapsedMs - last.lookedMs);
    this.#last = { word, lookedMs: elapsedMs, heardMs: elapsedMs - silentMs };
    return silentMs;
  }
}
