import { abortableSleep } from '../../core/loop.ts';

/**
 * Content of a message of ours by which somebody asks for a look at the catalog; what follows is
 * the id of the answer.
 */
const ASK = /^look:([0-9a-z-]{1,64})$/;
/** Anybody may write messages: more than this many at once is nobody's wish. */
const MOST = 100;

/**
 * Wishes for a look at the catalog, as they come along the stream. DDL without rows (a dropped
 * table, a new one, a partition gone) has no place in the stream; whoever asks and is answered
 * knows that all of it that was committed before is now among the lake's facts. A wish outlives the
 * session that heard it: the next one does not read it again when it was in a batch that is
 * published.
 */
export class AskedLooks {
  readonly #waiting = new Set<string>();
  readonly #taken = new Set<string>();
  #wake: () => void = () => undefined;

  /** The content of a message of ours; most are no wish. */
  hear(content: string): void {
    const id = ASK.exec(content)?.[1];
    if (id !== undefined && this.#waiting.size < MOST) this.add([id]);
  }

  add(ids: readonly string[]): void {
    for (const id of ids) this.#waiting.add(id);
    if (ids.length > 0) this.#wake();
  }

  /** Whether somebody waits. */
  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** The ids that wait; they are the caller's from here on, who says when they are answered. */
  take(): readonly string[] {
    const ids = [...this.#waiting];
    for (const id of ids) this.#taken.add(id);
    this.#waiting.clear();
    return ids;
  }

  answered(ids: readonly string[]): void {
    for (const id of ids) this.#taken.delete(id);
  }

  /** Whoever took some is gone. */
  again(): void {
    this.add([...this.#taken]);
    this.#taken.clear();
  }

  /** Resolves at the next wish, or after the time, or when the signal is aborted. */
  async next(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting.size > 0) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await abortableSleep(ms, AbortSignal.any([signal, woken.signal]));
  }
}
