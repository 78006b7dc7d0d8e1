import type { RuleTrouble } from '../../core/narrowing.ts';
import type { TableSchema } from '../../core/table.ts';

/** The storage of a relation. */
export interface Storage {
  readonly oid: number;
  /** Changes with every rewrite and truncate; 0 if there is no storage. */
  readonly filenode: number;
  /**
   * Transaction that last wrote the relation's catalog row. If the filenode changed, that
   * transaction did it.
   */
  readonly xid: number;
  /**
   * Oid of the TOAST table, 0: none. VACUUM FULL, CLUSTER and TRUNCATE keep it. An ALTER TABLE that
   * rewrites rows creates a new one.
   */
  readonly toast: number;
  /** A partition that was created as a separate table, and may have brought rows with it. */
  readonly attached: boolean;
  /** Transactions in which it became a partition; '' if it is none, or if they are unknown. */
  readonly joined: string;
}

/** The part of the catalog that decides whether a table's rows can still be read. */
export interface TableFacts {
  readonly table: TableSchema;
  /** Largest attnum ever given in the table, including dropped columns. */
  readonly maxAttnum: number;
  /** The table itself, then its partitions that have rows. */
  readonly storage: readonly Storage[];
  /**
   * Enum labels and attributes of composites, one per line, by column id. A change of them changes
   * the printed rows without a trace in the stream.
   */
  readonly labels: Readonly<Record<string, string>>;
  /** Transaction that last wrote the catalog row of each column, by column id. */
  readonly versions: Readonly<Record<string, number>>;
  /**
   * Its place in our publications, see postgres/publication/publication-marks.ts. If it differs,
   * changes may not have been sent. Absent: it was not read.
   */
  readonly published?: string | undefined;
  /** Where the configuration does not fit it; absent without rules for the table. */
  readonly rule?: RuleTrouble;
}

/**
 * The catalog as far as it can be trusted before the stream has passed it. It may be ahead: a
 * column that is NOT NULL there may still receive a NULL here. So only columns that were NOT NULL
 * before stay so. A later look, once passed, adds the others.
 */
export function withKnownNotNull(now: TableFacts | null, known: TableFacts | null): TableFacts | null {
  if (now === null) return null;
  const kept = new Set(known?.table.columns.flatMap(({ id, notNull }) => (notNull === true ? [id] : [])));
  const columns = now.table.columns.map((column) => {
    if (column.notNull !== true || kept.has(column.id)) return column;
    const { notNull: _, ...nullable } = column;
    return nullable;
  });
  return { ...now, table: { ...now.table, columns } };
}

/** Whether the facts that leave no trace in the stream are equal. */
export function sameTraces(one: TableFacts, other: TableFacts): boolean {
  return tracesOf(one) === tracesOf(other);
}

function tracesOf({ storage, maxAttnum, labels, versions, published }: TableFacts): string {
  return JSON.stringify([storage, maxAttnum, labels, versions, published]);
}
