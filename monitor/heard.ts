import type { Moment } from '../core/time.ts';

/**
 * For how long another process has been silent, whose words carry the time of its own clock. That
 * clock may be wrong, and ours may step: it is believed for the first word only, and for a word no
 * longer than it was not yet there. Pure: times are arguments.
 */
export class Heard {
  #last: { readonly word: string; readonly lookedMs: number; readonly heardMs: number } | null = null;

  /** `word`: the newest one, an ISO time. Milliseconds since it was said, never negative. */
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
