import { channel } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, isAway, retryOf, TailraceError } from './errors.ts';
import type { Log } from './log.ts';
import { RetryLog } from './retry-log.ts';
import type { RetryLevel } from './retry-log.ts';
import { elapsed } from './time.ts';
import { timerMs } from './timer.ts';

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 30_000;
/** Whoever stands by for another takes over within seconds of its end. */
const LONGEST_STAND_BY_MS = 5_000;
/**
 * An end that is out of reach is asked again soon: asking is cheap, and data waits from the moment
 * it answers.
 */
const LONGEST_AWAY_MS = 2_000;

/** What `runLoop` repeats. */
export interface LoopOptions {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  /**
   * One attempt; calls `progress` when something was really achieved, which sets the delay back.
   * Returning ends the loop.
   */
  attempt(progress: () => void): Promise<void>;
  /** Errors that would be tried again and are to end the loop instead. */
  givesUp?(error: unknown): boolean;
}

/** What keeps a loop from its work; an error of null: it works again. */
export interface Trouble {
  readonly loop: string;
  readonly error: string | null;
  /** Until it tries again. */
  readonly delayMs: number;
}

/**
 * Tells this process of each failure that a loop will try again, and of its end, as a `Trouble`.
 */
export const troubles = channel('tailrace.trouble');

/**
 * Repeats an attempt until it returns or the signal is aborted, with exponential backoff and
 * jitter. The delay is set back by progress, not by a connection that merely opened. Errors that
 * need a person, and defects, are thrown.
 */
export async function runLoop(options: LoopOptions): Promise<void> {
  let delayMs = FIRST_DELAY_MS;
  const said = new RetryLog();
  let troubled = false;
  while (!options.signal.aborted) {
    try {
      return await options.attempt(() => {
        delayMs = FIRST_DELAY_MS;
        said.passed();
        if (troubled) troubles.publish({ loop: options.name, error: null, delayMs: 0 } satisfies Trouble);
        troubled = false;
      });
    } catch (error) {
      if (options.signal.aborted) return;
      if (retryOf(error) !== 'backoff' || options.givesUp?.(error) === true) throw error;
      delayMs = Math.min(delayMs, longestDelayMs(error));
      logRetry(options, { error, delayMs, level: said.failed(describeError(error), elapsed()) });
      troubled = true;
      troubles.publish({ loop: options.name, error: describeError(error), delayMs } satisfies Trouble);
      await abortableSleep(delayMs * (0.5 + Math.random()), options.signal);
      delayMs *= 2;
    }
  }
}

function longestDelayMs(error: unknown): number {
  if (standsBy(error)) return LONGEST_STAND_BY_MS;
  return isAway(error) ? LONGEST_AWAY_MS : LONGEST_DELAY_MS;
}

/** Another does the work: no failure, and nothing to be said louder as it lasts. */
function standsBy(error: unknown): boolean {
  return error instanceof TailraceError && (error.code === 'SLOT_IN_USE' || error.code === 'WAREHOUSE_IN_USE');
}

function logRetry({ name, log }: LoopOptions, failure: { error: unknown; delayMs: number; level: RetryLevel | null }): void {
  const { error, delayMs, level } = failure;
  if (level === null) return;
  const facts = { loop: name, delayMs, error: describeError(error) };
  if (standsBy(error)) log.info(facts, 'standing by');
  else log[level](facts, 'attempt failed, trying again');
}

/**
 * Resolves after the time, at the latest after some 24 days, or as soon as the signal is aborted;
 * never rejects.
 */
export async function abortableSleep(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(timerMs(ms), undefined, { signal }).catch(() => undefined);
}
