import { count } from '../../core/figures.ts';

/**
 * List prices of AWS S3 Standard in us-east-1, dollars per thousand requests
 * (https://aws.amazon.com/s3/pricing/).
 */
const PRICE_PER_THOUSAND = { writes: 0.005, reads: 0.0004 };

/** Requests of `run`; `npm run test:cost` counts them. Listings cost as writes do. */
export interface Requests {
  readonly writes: number;
  readonly reads: number;
}

/** An hour without changes: heartbeats, positions and listings, and reads for the next batch. */
const IDLE_HOUR: Requests = { writes: 440, reads: 2_400 };
/** An hour of constant changes, without the requests of its batches. */
const BUSY_HOUR: Requests = { writes: 850, reads: 11_300 };
/** A file, a manifest and a position, and the reads of all who look at them. */
const BATCH: Requests = { writes: 3, reads: 10 };
const HOUR_MS = 3_600_000;

/** Heartbeats of an idle source. */
const IDLE_FILES_AN_HOUR = 60;
/** A file and a manifest ten times a second, since a drained socket ends a batch after 100 ms. */
const BUSY_FILES_AN_HOUR = 2 * 10 * 3_600;

/** Requests of an hour on S3, without changes or with constant ones. Batches have this age. */
export function requestsAnHour(day: 'idle' | 'busy', maxAgeMs: number): Requests {
  if (day === 'idle') return IDLE_HOUR;
  const batches = HOUR_MS / maxAgeMs;
  return { writes: BUSY_HOUR.writes + batches * BATCH.writes, reads: BUSY_HOUR.reads + batches * BATCH.reads };
}

/** Files that an hour adds to a lake in a directory: about, if idle; at most, for a busy table. */
export function filesAnHour(day: 'idle' | 'busy'): number {
  return day === 'idle' ? IDLE_FILES_AN_HOUR : BUSY_FILES_AN_HOUR;
}

/** Dollars at list price. */
export function priceOf({ writes, reads }: Requests): number {
  return (writes * PRICE_PER_THOUSAND.writes + reads * PRICE_PER_THOUSAND.reads) / 1000;
}

/** What a day costs on S3. */
export function requestsText(maxAgeMs: number): string {
  const priced = (day: 'idle' | 'busy'): string => {
    const { writes, reads } = requestsAnHour(day, maxAgeMs);
    return `$${(24 * priceOf({ writes, reads })).toFixed(2)} (${count(24 * (writes + reads))})`;
  };
  return `S3 requests at list price: about ${priced('idle')} for an idle day, about ${priced('busy')} for a day with changes all the time (--replicate-max-age ${maxAgeMs / 1000}s)`;
}

/** What a day costs in a directory. */
export function filesText(): string {
  return `the lake is a directory: about ${count(24 * filesAnHour('idle'))} new files on an idle day, at most ${count(24 * filesAnHour('busy'))} for a table that changes all the time; lake.retention and pages limit how many stay`;
}
