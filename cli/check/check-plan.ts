import { bytes, count, duration } from '../../core/figures.ts';
import { filesText, requestsText } from './lake-cost.ts';

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
export interface CopyPlan {
  readonly lines: readonly string[][];
  readonly summary: string;
  readonly cost: string;
}

/**
 * The duration of the first copy, and what a day of the lake costs. Batches are cut at an age of
 * `maxAgeMs`.
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
    cost: options.onS3 ? requestsText(options.maxAgeMs) : filesText(),
  };
}

function sum(tables: readonly TableFacts[], field: 'rows' | 'bytes'): number {
  return tables.reduce((total, table) => total + Math.max(0, table[field] ?? 0), 0);
}
