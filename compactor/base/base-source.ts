import type { Identity } from '../../core/table.ts';
import type { BaseChunk } from '../../lake/bases/base-log.ts';

/** A row's place in the order of a base, as a text per column of the order. */
export type KeyText = readonly string[];

/** One end of a range of rows. */
export interface KeyBound {
  readonly key: KeyText;
  readonly included: boolean;
}

/** A run of rows in the order of a base; null: without a bound on this side. */
export interface KeyRange {
  readonly from: KeyBound | null;
  readonly to: KeyBound | null;
}

/** All rows. */
export const ALL_ROWS: KeyRange = { from: null, to: null };

/** Rows, and the sum of their hashes modulo 2^64. Equal rows have equal sums. */
export interface RowSum {
  readonly rows: number;
  readonly hash: bigint;
}

/** What some rows of a clone are. */
export interface RowFacts extends RowSum {
  /** Keys of the first and of the last row; null: there are no rows. */
  readonly ends: { readonly min: KeyText; readonly max: KeyText } | null;
  /** Ids of columns that are NOT NULL in the schema but have a NULL here. */
  readonly nulls: readonly number[];
}

/** A live table of the warehouse, as of the front. */
export interface BaseTable {
  readonly tableId: string;
  /** `schema.table` */
  readonly table: string;
  /** Hash of its schema. */
  readonly schema: string;
  readonly identity: Identity;
  readonly epoch: number;
  /** The copy that its rows continue. */
  readonly generation: number;
  /** Its storage in the warehouse. */
  readonly storage: string;
}

/**
 * The rows of one table at one moment, which no longer change. Rows are the current ones, each as
 * often as the source has it. Keys are texts of the source's own, in the order in which `rows`
 * yields them.
 */
export interface BaseClone {
  /** About how many rows there are, and their size in memory. */
  readonly size: { readonly rows: number; readonly bytes: number };
  /** Key of the last one of the first `rows` rows of a range; null: the range ends before. */
  cut(range: KeyRange, rows: number): Promise<KeyText | null>;
  facts(range: KeyRange): Promise<RowFacts>;
  /** Number of all rows, found without ranges. */
  count(): Promise<number>;
  /** The rows of a range as one Arrow file with the fields of a copy's chunk. */
  rows(range: KeyRange): AsyncIterable<Uint8Array>;
  /** Removes the clone; may be repeated. */
  drop(): Promise<void>;
}

/** Chunks of a base as they are stored. */
export type StoredChunk = Pick<BaseChunk, 'path' | 'rows' | 'bytes' | 'checksum'>;

/** The engine's part of writing bases. The protocol, in base-writer.ts, knows no SQL. */
export interface BaseSource {
  /** Clones a table; called while it stands at the front. */
  clone(table: BaseTable): Promise<BaseClone>;
  /**
   * WAREHOUSE_TAKEN when another process may have changed the table before it was cloned. The
   * process that clones may be frozen at any statement, and its warehouse may go on without it.
   */
  confirm(): Promise<void>;
  /** Reads chunks from the lake, through the engine. LAKE_CORRUPT when one is not what it says. */
  readBack(table: BaseTable, chunks: readonly StoredChunk[]): Promise<RowSum>;
}
