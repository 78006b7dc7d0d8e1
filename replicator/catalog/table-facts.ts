import type { RuleTrouble } from '../../core/narrowing.ts';
import type { TableSchema } from '../../core/table.ts';

/** Where a relation's rows are stored. */
export interface Storage {
  readonly oid: number;
  /** Changes with every rewrite and every truncate; 0 where there is no storage. */
  readonly filenode: number;
  /**
   * Transaction that last wrote the relation's catalog row: of a filenode that changed, the one
   * that changed it.
   */
  readonly xid: number;
  /**
   * Oid of the TOAST table, 0: none. VACUUM FULL, CLUSTER and TRUNCATE keep it, an ALTER TABLE that
   * rewrites rows makes a new one.
   */
  readonly toast: number;
  /** A partition that was made as a table of its own and may have brought rows with it. */
  readonly attached: boolean;
  /** Transactions in which it became a partition, '' where it is none or that is not known. */
  readonly joined: string;
}

/**
 * What the catalog says of a table, as far as it decides whether its rows can still be understood.
 */
export interface TableFacts {
  readonly table: TableSchema;
  /** Greatest attnum ever given in the table, dropped columns included. */
  readonly maxAttnum: number;
  /** The table itself, then its partitions that have rows. */
  readonly storage: readonly Storage[];
  /**
   * Enum labels and attributes of composites, in lines, by column id: changing one changes what
   * rows print without a trace in the stream.
   */
  readonly labels: Readonly<Record<string, string>>;
  /** Transaction that last wrote the catalog row of each column, by column id. */
  readonly versions: Readonly<Record<string, number>>;
  /**
   * Its place in our publications, see postgres/publication/publication-marks.ts: another one, and
   * changes may not have been sent. None: it was not looked at.
   */
  readonly published?: string | undefined;
  /** What the configuration has to say against it, where it is about the table. */
  readonly rule?: RuleTrouble;
}

/**
 * The catalog as far as it can be believed before the stream has passed it. It may be ahead, and a
 * column that is NOT NULL there may yet get a NULL here: only what was NOT NULL before stays so. A
 * look that the stream has passed tells the rest.
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

/** Whether the catalog says the same of what leaves no trace in the stream. */
export function sameTraces(one: TableFacts, other: TableFacts): boolean {
  return tracesOf(one) === tracesOf(other);
}

function tracesOf({ storage, maxAttnum, labels, versions, published }: TableFacts): string {
  return JSON.stringify([storage, maxAttnum, labels, versions, published]);
}
