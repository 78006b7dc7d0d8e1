/** The log level of a failure that is retried. */
export type RetryLevel = 'info' | 'warn' | 'error';

const WARN_AFTER_MS = 2_000;
const ERROR_AFTER_MS = 20_000;
const AGAIN_AFTER_MS = 60_000;

/**
 * Decides when a repeated failure gets a line: when it changes, when it has lasted longer, and once
 * a minute. Pure.
 */
export class RetryLog {
  #sinceMs: number | null = null;
  #said: { readonly text: string; readonly level: RetryLevel; readonly atMs: number } | null = null;

  /** A failure, `nowMs` of a clock that never steps → its log level; null: it was logged before. */
  failed(text: string, nowMs: number): RetryLevel | null {
    this.#sinceMs ??= nowMs;
    const lastedMs = nowMs - this.#sinceMs;
    const level = lastedMs < WARN_AFTER_MS ? 'info' : lastedMs < ERROR_AFTER_MS ? 'warn' : 'error';
    const said = this.#said;
    if (said !== null && said.text === text && said.level === level && nowMs - said.atMs < AGAIN_AFTER_MS) return null;
    this.#said = { text, level, atMs: nowMs };
    return level;
  }

  /** It works again. */
  passed(): void {
    this.#sinceMs = null;
    this.#said = null;
  }
}
