import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, retryOf, TailraceError } from './errors.ts';
import type { Log } from './log.ts';

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 30_000;
/** Whoever stands by for another takes over within seconds of its end. */
const LONGEST_STAND_BY_MS = 5_000;
const WARN_FROM_MS = 1_000;
const ERROR_FROM_MS = 10_000;

/** What `runLoop` repeats. */
export interface LoopOptions {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** One attempt; calls `progress` when something was really achieved, which sets the delay back. Returning ends the loop. */
  attempt(progress: () => void): Promise<void>;
  /** Errors that would be tried again and are to end the loop instead. */
  givesUp?(error: unknown): boolean;
  /** Told of each failure that will be tried again. */
  onRetry?(error: unknown, delayMs: number): void;
}

/**
 * Repeats an attempt until it returns or the signal is aborted, with exponential backoff and jitter.
 * The delay is set back by progress, not by a connection that merely opened. Errors that need a person, and defects, are thrown.
 */
export async function runLoop(options: LoopOptions): Promise<void> {
  let delayMs = FIRST_DELAY_MS;
  while (!options.signal.aborted) {
    try {
      return await options.attempt(() => {
        delayMs = FIRST_DELAY_MS;
      });
    } catch (error) {
      if (options.signal.aborted) return;
      if (retryOf(error) !== 'backoff' || options.givesUp?.(error) === true) throw error;
      const longestMs = standsBy(error) ? LONGEST_STAND_BY_MS : LONGEST_DELAY_MS;
      logRetry(options, error, delayMs);
      options.onRetry?.(error, delayMs);
      await abortableSleep(delayMs * (0.5 + Math.random()), options.signal);
      delayMs = Math.min(delayMs * 2, longestMs);
    }
  }
}

/** Another does the work: no failure, and nothing to be said again and again. */
function standsBy(error: unknown): boolean {
  return error instanceof TailraceError && (error.code === 'SLOT_IN_USE' || error.code === 'WAREHOUSE_IN_USE');
}

function logRetry({ name, log }: LoopOptions, error: unknown, delayMs: number): void {
  const facts = { loop: name, delayMs, error: describeError(error) };
  if (standsBy(error)) {
    if (delayMs < LONGEST_STAND_BY_MS) log.info(facts, 'standing by');
    return;
  }
  log[delayMs < WARN_FROM_MS ? 'info' : delayMs < ERROR_FROM_MS ? 'warn' : 'error'](facts, 'attempt failed, trying again');
}

/** Resolves after the time or as soon as the signal is aborted; never rejects. */
export async function abortableSleep(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
