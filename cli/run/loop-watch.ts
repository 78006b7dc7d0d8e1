/** Time between two pings; each costs a message in both directions. */
export const PING_MS = 10_000;
/** Pings without an answer after which a process hangs: a minute, as for `/healthz`. */
const HANGS_AFTER = 6;
/** By then a source has waited a third of its `wal_sender_timeout` for an answer. */
const LATE_AFTER = 2;
/** Answers in a row of a process that uses a core, after which it has too much to do. */
const BUSY_AFTER = 6;
const BUSY_CORES = 0.9;

/** What a watch finds out about a loop. */
export type LoopState = 'well' | 'late' | 'hangs' | 'busy';

/**
 * Judges the loop of a process by its answers to pings. Pure: it counts pings instead of time, so
 * that a machine which slept does not look like a process which hangs.
 */
export class LoopWatch {
  #unanswered = 0;
  #busy = 0;

  /** Call it before each ping. `late` and `hangs` are found once each. */
  ping(): LoopState {
    const unanswered = this.#unanswered;
    this.#unanswered += 1;
    if (unanswered === LATE_AFTER) return 'late';
    return unanswered === HANGS_AFTER ? 'hangs' : 'well';
  }

  /** Call it at each answer, with the cores that the process used. */
  pong(cores: number): LoopState {
    this.#unanswered = 0;
    this.#busy = cores >= BUSY_CORES ? this.#busy + 1 : 0;
    return this.#busy === BUSY_AFTER ? 'busy' : 'well';
  }
}
