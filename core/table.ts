import { hash } from 'node:crypto';
import type { ColumnType } from './column-type.ts';
import { TailraceError } from './errors.ts';
import type { Mask } from './table-rule.ts';

/** One replicated column. `id` is the attnum: Postgres never gives an attnum of a table twice. */
export interface Column {
  readonly id: number;
  readonly name: string;
  readonly attnum: number;
  readonly typeOid: number;
  readonly typmod: number;
  /** `format_type()` of the source, for people. */
  readonly typeName: string;
  /**
   * Field name in Arrow files: the source's name, or `c<id>` where ClickHouse cannot read such a
   * name.
   */
  readonly field: string;
  readonly type: ColumnType;
  /** Postgres text of the value that rows older than the column have (attmissingval), or null. */
  readonly missing: string | null;
  /**
   * The source holds the column to NOT NULL and has looked at every row. Absent where it may be
   * NULL, and of key columns, which never are.
   */
  readonly notNull?: true;
  /** The mask of its values; absent if they are not masked. */
  readonly mask?: Mask;
}

/** Parts of a table that the configuration leaves out. A change, except of `by`, is a new copy. */
export interface Narrowing {
  /**
   * Ids of the columns that are left out and would be replicated without the configuration. Their
   * names are left out too.
   */
  readonly hidden: readonly number[];
  /** Digest of the row filter as Postgres prints it; null: all rows. */
  readonly filter: string | null;
  /** Fingerprint of the salt; null where nothing is masked with it. */
  readonly salt: string | null;
  /**
   * Fingerprint of these sections of the configuration. A change under the same fingerprint was
   * made at the source.
   */
  readonly by: string;
}

/**
 * How rows are told apart. `key`: by identity columns (primary key, identity index, or FULL with a
 * valid primary key). `full`: REPLICA IDENTITY FULL without key, stored as signed rows. `append`:
 * neither, only inserts and truncates are published.
 */
export type Identity = 'key' | 'full' | 'append';

/** A table's shape at one moment; stored in the lake under the hash of its content. */
export interface TableSchema {
  readonly tableId: string;
  readonly oid: number;
  readonly epoch: number;
  readonly schema: string;
  readonly name: string;
  readonly identity: Identity;
  /** Replicated columns in attnum order. */
  readonly columns: readonly Column[];
  /** Ids of the key columns in index order; empty unless identity is `key`. */
  readonly key: readonly number[];
  /**
   * False when the catalog could not explain the stream's columns: files of it are never applied.
   */
  readonly explained: boolean;
  /** Present if a section of the configuration fits the table. */
  readonly narrowed?: Narrowing;
}

/**
 * Whether the view of a table shows a column as never NULL though its storage could hold one. Key
 * columns hold none.
 */
export function isShownNotNull({ key }: Pick<TableSchema, 'key'>, { id, notNull }: Column): boolean {
  return notNull === true && !key.includes(id);
}

/** `<oid>_<epoch>`: a table's name in the lake, independent of its name at the source. */
export function tableId(oid: number, epoch: number): string {
  return `${oid}_${epoch}`;
}

/** The oid in a table's id; 0 when it is not one. */
export function oidOf(id: string): number {
  return Number(/^(\d+)_\d+$/.exec(id)?.[1] ?? 0);
}

/** The epoch in a table's id; 0 when it is not one. */
export function epochOf(id: string): number {
  return Number(/^\d+_(\d+)$/.exec(id)?.[1] ?? 0);
}

const PLAIN = /^[a-z_][a-z0-9_$]*$/;
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character check coalesce
  collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
  current_user dec decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest
  group grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array json_arrayagg json_exists
  json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least left like limit localtime localtimestamp
  merge_action national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position
  precision primary real references returning right row select session_user setof similar smallint some substring symmetric system_user table tablesample
  then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
  xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`.split(/\s+/),
);

/** A name in double quotes, as an identifier that Postgres reads back for any name. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Like Postgres's `quote_ident`: quoted only if the bare word would be read back differently. */
export function quoteIdent(name: string): string {
  return PLAIN.test(name) && !RESERVED.has(name) && !name.includes('$') ? name : quoted(name);
}

/**
 * `schema.table`, each part quoted as `quote_ident` does: the name of a table in JSON, arguments
 * and logs.
 */
export function qualifiedName(schema: string, name: string): string {
  return `${quoteIdent(schema)}.${quoteIdent(name)}`;
}

/** The name under which a warehouse shows every version of a table's rows. */
export function historyViewName(name: string): string {
  return `${name}__history`;
}

/** The same for `schema.table`. */
export function historyViewOf(table: string): string {
  const { schema, name } = parseQualifiedName(table);
  return qualifiedName(schema, historyViewName(name));
}

const PART = /^(?:"((?:[^"]|"")+)"|([^".]+))/;

/**
 * `schema.table` with optional quotes → its two parts. Throws NO_SUCH_TABLE when it is not of that
 * form.
 */
export function parseQualifiedName(text: string): { schema: string; name: string } {
  const parts: string[] = [];
  let rest = text;
  while (rest !== '' && parts.length < 2) {
    const match = PART.exec(rest);
    if (match === null) break;
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    rest = rest.slice(match[0].length);
    if (parts.length === 1 && rest.startsWith('.')) rest = rest.slice(1);
    else break;
  }
  const [schema, name] = parts;
  if (schema === undefined || name === undefined || rest !== '') {
    throw new TailraceError('NO_SUCH_TABLE', `"${text}" is not of the form schema.table`);
  }
  return { schema, name };
}

/** 32 hex digits of the SHA-256 of the schema's canonical JSON (keys sorted). */
export function schemaHash(schema: TableSchema): string {
  return hash('sha256', canonicalJson(schema)).slice(0, 32);
}

/** JSON with sorted keys, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(withSortedKeys(value));
}

/** A function that JSON.stringify calls for each part would take twice as long. */
function withSortedKeys(part: unknown): unknown {
  if (part === null || typeof part !== 'object') return part;
  if (Array.isArray(part)) return part.map(withSortedKeys);
  if ('toJSON' in part) return withSortedKeys(JSON.parse(JSON.stringify(part)));
  const of = part as Readonly<Record<string, unknown>>;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(of).toSorted()) {
    if (key === '__proto__')
      return Object.fromEntries(
        Object.keys(of)
          .toSorted()
          .map((one) => [one, withSortedKeys(of[one])]),
      );
    sorted[key] = withSortedKeys(of[key]);
  }
  return sorted;
}
