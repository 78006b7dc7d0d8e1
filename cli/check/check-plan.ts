import { bytes, count, duration } from '../../core/figures.ts';

/** A table before its copy, as the catalog describes it. */
export interface TableFacts {
  readonly table: string;
  /** The planner's estimate; null when the table was never analyzed. */
  readonly rows: number | null;
  readonly bytes: number;
  readonly identity: 'key' | 'full' | 'append';
  readonly risks: readonly string[];
}

/** Measured speed of a copy on two cores, per process. */
const COPY_BYTES_PER_SECOND = 60e6;
/**
 * List prices of AWS S3 Standard in us-east-1, dollars per thousand requests
 * (https://aws.amazon.com/s3/pricing/).
 */
const PRICE_PER_THOUSAND = { writes: 0.005, reads: 0.0004 };

/**
 * Requests of `run`, counted by `bench -- idle`. The reads of lake.json and of the previous
 * manifest are calculated. Listings are priced as writes.
 */
interface Requests {
  readonly writes: number;
  readonly reads: number;
}

/** An hour without changes: heartbeats, positions and listings, and reads for the next batch. */
const IDLE_HOUR: Requests = { writes: 420, reads: 750 };
/** An hour of constant changes, without the requests of its batches. */
const BUSY_HOUR: Requests = { writes: 1_500, reads: 8_100 };
/** A file, a manifest and a position, each read once, and the reads before the manifest is put. */
const BATCH: Requests = { writes: 3, reads: 6 };
const HOUR_MS = 3_600_000;

export interface CopyPlan {
  readonly lines: readonly string[][];
  readonly summary: string;
  readonly cost: string;
}

/**
 * The duration of the first copy, and the cost of a day's requests to S3. Batches are cut at an age
 * of `maxAgeMs`.
 */
export function copyPlan(
  tables: readonly TableFacts[],
  options: {
    readonly parallel: number;
    readonly onS3: boolean;
    readonly maxAgeMs: number;
    /** Names of the warnings about a table; their texts are printed above the plan. */
    readonly warnings: (table: string) => readonly string[];
  },
): CopyPlan {
  const total = { rows: sum(tables, 'rows'), bytes: sum(tables, 'bytes') };
  const seconds = (size: number): number => size / (COPY_BYTES_PER_SECOND * Math.min(options.parallel, 4));
  const how = { key: 'upserts by key', full: 'REPLICA IDENTITY FULL: whole rows', append: 'append-only: no key' };
  return {
    lines: tables.map((table) => [
      table.table,
      table.rows === null ? 'not analyzed' : count(table.rows),
      bytes(table.bytes),
      duration(seconds(table.bytes)),
      how[table.identity],
      options.warnings(table.table).join(', '),
    ]),
    summary: `${tables.length} tables, ${tables.every(({ rows }) => rows !== null) ? 'about' : 'more than'} ${count(total.rows)} rows, ${bytes(total.bytes)}; the copy takes about ${duration(seconds(total.bytes))}`,
    cost: options.onS3 ? requestCost(options.maxAgeMs) : 'the lake is a directory; batches cost nothing',
  };
}

function requestCost(maxAgeMs: number): string {
  const batches = HOUR_MS / maxAgeMs;
  const busy = { writes: BUSY_HOUR.writes + batches * BATCH.writes, reads: BUSY_HOUR.reads + batches * BATCH.reads };
  return `S3 requests at list price: about ${priced(IDLE_HOUR)} for an idle day, at most ${priced(busy)} for a day that is busy throughout (--replicate-max-age ${maxAgeMs / 1000}s)`;
}

function priced({ writes, reads }: Requests): string {
  const dollars = (24 * (writes * PRICE_PER_THOUSAND.writes + reads * PRICE_PER_THOUSAND.reads)) / 1000;
  return `$${dollars.toFixed(2)} (${count(24 * (writes + reads))})`;
}

function sum(tables: readonly TableFacts[], field: 'rows' | 'bytes'): number {
  return tables.reduce((total, table) => total + Math.max(0, table[field] ?? 0), 0);
}
