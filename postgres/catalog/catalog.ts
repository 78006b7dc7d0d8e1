import { isTextInKey } from '../../core/column-type.ts';
import type { ColumnType } from '../../core/column-type.ts';
import { type Column, type TableSchema, tableId } from '../../core/table.ts';
import { CATALOG_QUERY } from './catalog-query.ts';
import type { SqlConnection } from '../session/connect.ts';
import { fieldName } from './field-name.ts';
import { chooseIdentity, type ChosenIdentity, type RelationIdentity } from './identity.ts';
import { type AppliedRule, toNarrowing } from './narrow.ts';
import { columnType, type TypeFacts } from './type-map.ts';

/** One column of the catalog. Dropped columns are not read. */
export interface CatalogColumn {
  readonly attnum: number;
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  readonly typeName: string;
  /** Value, as Postgres text, of rows that are older than the column; null when there is none. */
  readonly missing: string | null;
  /**
   * Guaranteed by a validated constraint of the table. NOT NULL of a domain does not count: a NULL
   * may get past it.
   */
  readonly notNull: boolean;
  /** `attgenerated`: empty, s stored, v virtual. */
  readonly generated: string;
  /** False for generated columns that no publication of this server sends. */
  readonly replicated: boolean;
  /** May be stored out of line. An update that leaves it unchanged then does not send it. */
  readonly toastable: boolean;
  /**
   * What the printed values of a user-defined type depend on: labels of enums in order, and one
   * line per composite with its attributes; null for other types.
   */
  readonly labels: readonly string[] | null;
  /**
   * Transaction that last wrote the catalog row of the column. A rewrite of the column's values
   * writes that row.
   */
  readonly version: number;
  /** Its value decides to which partition a row belongs. */
  readonly partitionKey: boolean;
  readonly type: ColumnType;
}

/** Estimates of the planner; all zero for a table that was never analyzed. */
interface Estimates {
  readonly rows: number;
  readonly pages: number;
  readonly toastPages: number;
}

/** A leaf of a partitioned table, at any depth. */
export interface CatalogPartition extends RelationIdentity, Estimates {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `relkind`: r ordinary, f foreign (neither copied nor streamed). */
  readonly kind: string;
  readonly filenode: number;
  /**
   * Transaction that last wrote its pg_class row. If the filenode changed, that transaction did it.
   */
  readonly xid: number;
  /** Oid of its TOAST table, 0: none. */
  readonly toast: number;
  /**
   * It, or a parent of it, was created as a separate table and attached later. It may have brought
   * rows with it.
   */
  readonly attached: boolean;
  /**
   * Transactions in which it and its parents became partitions, outermost first. Detaching and
   * attaching changes them.
   */
  readonly joined: string;
  readonly unlogged: boolean;
}

interface CatalogRow extends RelationIdentity, Estimates {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `relkind`: r ordinary, p partitioned. */
  readonly kind: string;
  /** 0 for a partitioned table; its leaves have their own. */
  readonly filenode: number;
  readonly xid: number;
  readonly toast: number;
  /** Greatest attnum ever given, dropped columns included. */
  readonly maxAttnum: number;
  readonly unlogged: boolean;
  readonly rowSecurity: boolean;
  readonly deferrableKey: boolean;
  readonly analyzed: boolean;
  readonly columns: readonly CatalogColumn[];
  readonly partitions: readonly CatalogPartition[];
}

/** A table of the source at one moment, with its leaves. */
export interface CatalogTable extends CatalogRow {
  /** How its rows are told apart, with its partitions considered. */
  readonly chosen: ChosenIdentity;
  /** Present when the configuration was applied and has rules for this table. */
  readonly narrowed?: AppliedRule;
}

/**
 * Reads tables by oid, or all ordinary and partitioned tables outside the system schemas, ordered
 * by schema and name. Includes unlogged tables, which cannot be published. Partitions are part of
 * their root, never separate tables.
 */
export async function readTables(connection: Pick<SqlConnection, 'query'>, oids: readonly number[] | null): Promise<CatalogTable[]> {
  const facts = await connection.query<CatalogFact>(CATALOG_QUERY, [oids]);
  const types = new Map(facts.flatMap((row) => (row.kind === 'type' ? [[row.fact.oid, row.fact]] : [])));
  const tables = facts.flatMap((row) => (row.kind === 'table' ? [row.fact] : []));
  return tables.map((row) => toTable(row, types)).toSorted((a, b) => compare(a.schema, b.schema) || compare(a.name, b.name));
}

type CatalogFact = { readonly kind: 'table'; readonly fact: CatalogRow } | { readonly kind: 'type'; readonly fact: TypeFacts };

function toTable(row: CatalogRow, types: ReadonlyMap<number, TypeFacts>): CatalogTable {
  const columns = row.columns.map((column) => ({ ...column, type: columnType(column.typeOid, column.typmod, types) }));
  return { ...row, columns, chosen: chooseIdentity(row) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * The schema of a table for the lake. In a key, arrays, intervals and other types that ClickHouse
 * cannot have as Nullable become exact text.
 */
export function toTableSchema(table: CatalogTable, epoch: number): TableSchema {
  const { identity, key } = table.chosen;
  const { narrowed } = table;
  return {
    tableId: tableId(table.oid, epoch),
    oid: table.oid,
    epoch,
    schema: table.schema,
    name: table.name,
    identity,
    columns: table.columns
      .filter(({ replicated, attnum }) => replicated && narrowed?.hidden.has(attnum) !== true)
      .map((column) => masked(toColumn(column, key.includes(column.attnum)), narrowed)),
    key,
    explained: true,
    ...(narrowed === undefined ? {} : { narrowed: toNarrowing(narrowed) }),
  };
}

function toColumn(column: CatalogColumn, inKey: boolean): Column {
  const { attnum, name, typeOid, typmod, typeName, missing, notNull } = column;
  const type: ColumnType = inKey && isTextInKey(column.type) ? { kind: 'text' } : column.type;
  return {
    id: attnum,
    name,
    attnum,
    typeOid,
    typmod,
    typeName,
    field: fieldName(name, attnum),
    type,
    missing,
    ...(notNull && !inKey ? { notNull } : {}),
  };
}

function masked(column: Column, rule: AppliedRule | undefined): Column {
  const mask = rule?.mask.get(column.id);
  if (mask === undefined) return column;
  if (mask === 'null') {
    const { notNull: _, ...nullable } = column;
    return { ...nullable, missing: null, mask };
  }
  const missing = column.missing === null ? null : (rule?.salt?.maskText(column.missing) ?? null);
  return { ...column, type: { kind: 'text' }, missing, mask };
}
