import { Session } from 'chdb';
import type { Client } from 'pg';
import { NARROW } from './shapes/narrow-shape.ts';
import type { Shape } from './shapes/shape.ts';

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

/** Count and content of a table in the source. */
export async function readContent(client: Client, table: string, shape = NARROW): Promise<Content> {
  const { rows } = await client.query<Content>(sourceContent(table, shape));
  return rows[0] as Content;
}

/** SQL for the source: count, and the sum of the first 32 bits of each row's MD5. */
function sourceContent(table: string, { sourceText }: Shape): string {
  return `select count(*)::text as rows, coalesce(sum(('x' || substr(md5(${sourceText}), 1, 8))::bit(32)::bigint), 0)::text as hash from ${table}`;
}

/** The same for ClickHouse; `from` is a view or anything else that can be read. */
export function warehouseContent(from: string, { shownText } = NARROW): string {
  return `select toString(count()) as rows, toString(sum(toInt64(reinterpretAsUInt32(reverse(substring(MD5(assumeNotNull(${shownText})), 1, 4)))))) as hash from ${from}`;
}

/**
 * Arrow files of a lake as a table for ClickHouse; `files` are relative to it (a glob that begins
 * with a brace matches nothing).
 */
export function lakeTable(lake: string, files: readonly string[], { plain } = NARROW): string {
  const glob = files.length === 1 ? files[0] : `{${files.join(',')}}`;
  return `file('${lake}/${glob}', 'Arrow', '${plain.replaceAll("'", String.raw`\'`)}')`;
}

/** Content of Arrow files of a lake, read by ClickHouse. */
export function lakeContent(lake: string, files: readonly string[], shape = NARROW): Content {
  const session = new Session();
  try {
    const sql = warehouseContent(lakeTable(lake, files, shape), shape);
    return JSON.parse(
      session.query(`${sql} settings max_query_size = 10000000, input_format_null_as_default = 0`, 'JSONEachRow'),
    ) as Content;
  } finally {
    session.cleanup();
  }
}
