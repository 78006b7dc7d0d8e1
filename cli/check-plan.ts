import { bytes, count, duration } from './figures.ts';

/** What the catalog knows of a table before it is copied. */
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
/** Batches that are not empty, for a source that is busy all day, and the price of 1000 puts at AWS. */
const PUTS_PER_BATCH = 3;
const PRICE_PER_THOUSAND_PUTS = 0.005;

export interface CopyPlan {
  readonly lines: readonly string[][];
  readonly summary: string;
  readonly cost: string;
}

/** What the first copy will take and what a day on S3 costs. `maxAgeMs` is the age at which batches are cut. */
export function copyPlan(tables: readonly TableFacts[], options: { parallel: number; onS3: boolean; maxAgeMs: number }): CopyPlan {
  const total = { rows: sum(tables, 'rows'), bytes: sum(tables, 'bytes') };
  const seconds = (size: number): number => size / (COPY_BYTES_PER_SECOND * Math.min(options.parallel, 4));
  const how = { key: 'upserts by key', full: 'REPLICA IDENTITY FULL: whole rows', append: 'append-only: no key' };
  const batches = 86_400_000 / options.maxAgeMs;
  const dollars = (batches * PUTS_PER_BATCH * PRICE_PER_THOUSAND_PUTS) / 1000;
  return {
    lines: tables.map((table) => [
      table.table,
      table.rows === null ? 'not analyzed' : count(table.rows),
      bytes(table.bytes),
      duration(seconds(table.bytes)),
      how[table.identity],
      table.risks.join('; '),
    ]),
    summary: `${tables.length} tables, ${tables.every(({ rows }) => rows !== null) ? 'about' : 'more than'} ${count(total.rows)} rows, ${bytes(total.bytes)}; the copy takes about ${duration(seconds(total.bytes))}`,
    cost: options.onS3
      ? `at most ${count(batches)} batches a day, about $${dollars.toFixed(2)} a day in requests (--replicate-max-age ${options.maxAgeMs / 1000}s)`
      : 'the lake is a directory: no cost per batch',
  };
}

function sum(tables: readonly TableFacts[], field: 'rows' | 'bytes'): number {
  return tables.reduce((total, table) => total + Math.max(0, table[field] ?? 0), 0);
}
