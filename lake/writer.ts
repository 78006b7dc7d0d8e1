import { randomBytes } from 'node:crypto';

/**
 * One process that puts data objects: a random id and a counter, so that no two processes ever use
 * the same key.
 */
export interface Writer {
  /** 16 hex digits */
  readonly id: string;
  /** Counts up from 1. */
  next(): number;
}

/** Call once per process. */
export function createWriter(): Writer {
  let seq = 0;
  return {
    id: randomBytes(8).toString('hex'),
    next() {
      seq += 1;
      return seq;
    },
  };
}
