import { Session } from 'chdb';
import type { Client } from 'pg';

/** Count and content hash of a table, the same text on both sides. */
export interface Content {
  readonly rows: string;
  readonly hash: string;
}

/**
 * A result that is not what the source holds: nothing is printed of such a run, and the bench ends
 * with 1.
 */
export class WrongResult extends Error {
  constructor(what: string, found: Content, truth: Content) {
    super(
      `WRONG_RESULT: ${what} has ${found.rows} rows (hash ${found.hash}), the source ${truth.rows} (hash ${truth.hash}). No figure is given.`,
    );
  }
}

/** Throws WrongResult unless both are the same. */
export function requireSame(what: string, found: Content, truth: Content): void {
  if (found.rows !== truth.rows || found.hash !== truth.hash) throw new WrongResult(what, found, truth);
}

/**
 * The table that bulk cases copy: narrow and wide values, NULLs, a number that must not be rounded.
 */
export const BENCH_TABLE = 'create table bench (id bigint primary key, k int, amount numeric(12,2), note text, at timestamptz)';

/** Rows `from`…`to` of the bench table, made by the source itself. */
export function benchRows(from: number, to: number): string {
  return `insert into bench select g, g % 1000, g / 100.0, case when g % 10 > 0 then md5(g::text) || md5((g * 7)::text) end, timestamptz '2026-01-01' + g * interval '1 second' from generate_series(${from}, ${to}) g`;
}

/** Count and content of a table in the source. */
export async function readContent(client: Client, table: string, doc = false): Promise<Content> {
  const { rows } = await client.query<Content>(sourceContent(table, doc));
  return rows[0] as Content;
}

/**
 * SQL for the source: count, and the sum of the first 32 bits of each row's MD5. `doc`: the table
 * has this column too.
 */
function sourceContent(table: string, doc = false): string {
  const text = `id || '|' || k || '|' || amount || '|' || coalesce(note, '~') || '|' || (extract(epoch from at) * 1000000)::bigint${doc ? " || '|' || coalesce(doc, '~')" : ''}`;
  return `select count(*)::text as rows, coalesce(sum(('x' || substr(md5(${text}), 1, 8))::bit(32)::bigint), 0)::text as hash from ${table}`;
}

/** The same for ClickHouse; `from` is a view or anything else that can be read. */
export function warehouseContent(from: string, doc = false): string {
  const text = `concat(toString(id), '|', toString(k), '|', toDecimalString(amount, 2), '|', ifNull(note, '~'), '|', toString(toUnixTimestamp64Micro(at))${doc ? ", '|', ifNull(doc, '~')" : ''})`;
  return `select toString(count()) as rows, toString(sum(toInt64(reinterpretAsUInt32(reverse(substring(MD5(assumeNotNull(${text})), 1, 4)))))) as hash from ${from}`;
}

/** The columns of the bench table as ClickHouse has them. */
export const PLAIN_COLUMNS =
  "id Int64, k Nullable(Int32), amount Nullable(Decimal(12, 2)), note Nullable(String), at Nullable(DateTime64(6, 'UTC'))";

/**
 * Arrow files of a lake as a table for ClickHouse; `files` are relative to it (a glob that begins
 * with a brace matches nothing).
 */
export function lakeTable(lake: string, files: readonly string[]): string {
  const glob = files.length === 1 ? files[0] : `{${files.join(',')}}`;
  return `file('${lake}/${glob}', 'Arrow', '${PLAIN_COLUMNS.replaceAll("'", String.raw`\'`)}')`;
}

/** Content of Arrow files of a lake, read by ClickHouse. */
export function lakeContent(lake: string, files: readonly string[]): Content {
  const session = new Session();
  try {
    const sql = warehouseContent(lakeTable(lake, files));
    return JSON.parse(
      session.query(`${sql} settings max_query_size = 10000000, input_format_null_as_default = 0`, 'JSONEachRow'),
    ) as Content;
  } finally {
    session.cleanup();
  }
}
