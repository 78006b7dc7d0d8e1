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
/** A standby takes over within seconds of the end of the other. */
const LONGEST_STAND_BY_MS = 5_000;
/**
 * An end that is out of reach is tried again soon: a try is cheap, and data waits once the end
 * answers.
 */
const LONGEST_AWAY_MS = 2_000;

/** What `runLoop` repeats. */
export interface LoopOptions {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  /**
   * One attempt; calls `progress` after real progress, which resets the delay, with the
   * milliseconds that it rests then. Returning ends the loop.
   */
  attempt(progress: (restMs?: number) => void): Promise<void>;
  /** Errors that end the loop although they would be retried. */
  givesUp?(error: unknown): boolean;
}

/** A failure that keeps a loop from its work; an error of null: it works again. */
export interface Trouble {
  readonly loop: string;
  readonly error: string | null;
  /** Milliseconds until the next try. */
  readonly delayMs: number;
}

/**
 * The channel on which a loop reports each failure that it retries, and its end, as a `Trouble`.
 */
export const troubles = channel('tailrace.trouble');

/** A sign of life of this process's work. */
export interface Turn {
  /** +1 and -1 around work that may take long by itself, such as one statement; else 0. */
  readonly working: 1 | 0 | -1;
  /** Milliseconds for which the loop rests from now on by intention. */
  readonly restMs: number;
}

/** The channel of turns: `/healthz` of a role says from them whether its loop still turns. */
export const turns = channel('tailrace.turn');

/** Reports that a loop of this process turned. */
export function turned(restMs = 0): void {
  turns.publish({ working: 0, restMs } satisfies Turn);
}

/** Reports work that has limits of its own: while it runs, the loop turns. */
export async function working<T>(work: Promise<T>): Promise<T> {
  turns.publish({ working: 1, restMs: 0 } satisfies Turn);
  try {
    return await work;
  } finally {
    turns.publish({ working: -1, restMs: 0 } satisfies Turn);
  }
}

/**
 * Repeats an attempt until it returns or the signal is aborted, with exponential backoff and
 * jitter. Progress resets the delay; a connection that merely opened does not. Errors that
 * need manual action, and defects, are thrown.
 */
export async function runLoop(options: LoopOptions): Promise<void> {
  let delayMs = FIRST_DELAY_MS;
  const said = new RetryLog();
  let troubled = false;
  while (!options.signal.aborted) {
    try {
      turned();
      return await options.attempt((restMs) => {
        turned(restMs);
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
      turned(delayMs * 1.5);
      await abortableSleep(delayMs * (0.5 + Math.random()), options.signal);
      delayMs *= 2;
    }
  }
}

function longestDelayMs(error: unknown): number {
  if (standsBy(error)) return LONGEST_STAND_BY_MS;
  return isAway(error) ? LONGEST_AWAY_MS : LONGEST_DELAY_MS;
}

const STAND_BY: readonly string[] = ['SLOT_IN_USE', 'WAREHOUSE_IN_USE', 'TRANSFORM_IN_USE'];

/** Another process does the work: this is no failure, and its log level never rises. */
function standsBy(error: unknown): boolean {
  return error instanceof TailraceError && STAND_BY.includes(error.code);
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
