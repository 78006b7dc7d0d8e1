import { createHash } from 'node:crypto';

/** Quoting and naming for SQL texts of the warehouse. Pure. */

/** An identifier as ClickHouse reads it back, whatever it contains. */
export function quoteCh(name: string): string {
  return `\`${escape(name).replaceAll('`', '\\`')}\``;
}

/** A String literal. */
export function literalCh(text: string): string {
  return `'${escape(text).replaceAll("'", "\\'")}'`;
}

/** `database.name`, both quoted. */
export function qualifiedCh(database: string, name: string): string {
  return `${quoteCh(database)}.${quoteCh(name)}`;
}

/** `['a', 'b']`: an Array(String) literal. */
export function arrayLiteralCh(texts: readonly string[]): string {
  return texts.length === 0 ? "CAST([], 'Array(String)')" : `[${texts.map(literalCh).join(', ')}]`;
}

/**
 * Databases that ClickHouse or we already use for something else; `default` is the one a client
 * lands in, an ordinary one.
 */
const TAKEN = new Set(['system', 'information_schema', 'INFORMATION_SCHEMA', '_temporary_and_external_tables', 'tailrace']);

/**
 * The database that shows a Postgres schema: its own name, `pg_<name>` where that is taken, or a
 * cut one where ClickHouse could not keep it. A schema that is itself called `pg_…` and would meet
 * another one cannot exist: Postgres reserves the prefix.
 */
export function warehouseDatabase(schema: string): string {
  return cut(TAKEN.has(schema) ? `pg_${schema}` : schema, DATABASE_BYTES);
}

/**
 * Escaped, ClickHouse names a dropped table's file `<database>.<table>.<uuid>.sql`, which no file
 * system takes beyond 255 bytes (Databases/DatabaseOnDisk.cpp, computeMaxTableNameLength).
 */
const FILE_NAME_BYTES = 255 - '..'.length - 36 - '.sql'.length;
/**
 * What is left beside it holds any ASCII name with `__exact`, and the 46 bytes of the name under
 * which a view is made anew.
 */
const DATABASE_BYTES = FILE_NAME_BYTES - 70;
const HASH_DIGITS = 8;

/** What a table is called in its database: its own name, or a cut one. */
export function warehouseTable(database: string, name: string): string {
  return cut(name, FILE_NAME_BYTES - fileNameBytes(database));
}

/**
 * The name, or as much of it as ClickHouse can keep and a hash of the whole. Only long names that
 * are not ASCII are affected: each byte that is no letter, digit or _ counts three times.
 */
function cut(name: string, room: number): string {
  if (fileNameBytes(name) <= room) return name;
  let kept = '';
  for (const character of name) {
    if (fileNameBytes(kept + character) > room - HASH_DIGITS - 1) break;
    kept += character;
  }
  return `${kept}_${createHash('sha256').update(name).digest('hex').slice(0, HASH_DIGITS)}`;
}

function fileNameBytes(name: string): number {
  return Buffer.from(name).reduce((bytes, byte) => bytes + (/\w/.test(String.fromCharCode(byte)) ? 1 : 3), 0);
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\0', '\\0').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}
