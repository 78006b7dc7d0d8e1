import { createHash } from 'node:crypto';

/** Quoting and naming for SQL texts of the warehouse. Pure. */

/** An identifier in backticks: ClickHouse reads back exactly `name`. */
export function quoteCh(name: string): string {
  return `\`${escape(name).replaceAll('`', '\\`')}\``;
}

/** A String literal. */
export function literalCh(text: string): string {
  return `'${escape(text).replaceAll("'", "\\'")}'`;
}

/** A moment in ISO 8601 as DateTime64 in UTC, with this many digits of a second. */
export function timeCh(iso: string, digits: number): string {
  return `parseDateTime64BestEffort(${literalCh(iso)}, ${digits}, 'UTC')`;
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
 * Databases that ClickHouse or tailrace use themselves. `default` is not among them: it is an
 * ordinary database, in which a client starts.
 */
const TAKEN = new Set([
  'system',
  'information_schema',
  'INFORMATION_SCHEMA',
  '_temporary_and_external_tables',
  'tailrace',
  'tailrace_shard',
]);

/** Whether ClickHouse or tailrace use a database of this name themselves. */
export function isTaken(database: string): boolean {
  return TAKEN.has(database);
}

/**
 * The database that shows a Postgres schema: its own name, `pg_<name>` when that is taken, or a
 * shortened one when ClickHouse cannot keep it. `pg_<name>` cannot collide with another schema,
 * because Postgres reserves the prefix.
 */
export function warehouseDatabase(schema: string): string {
  return cut(isTaken(schema) ? `pg_${schema}` : schema, DATABASE_BYTES);
}

/** The schema that a database shows, where `warehouseDatabase` has not shortened its name. */
export function shownSchema(database: string): string {
  const [, bare = database] = /^pg_(.*)$/s.exec(database) ?? [];
  return isTaken(bare) ? bare : database;
}

/**
 * ClickHouse names the file of a dropped table `<database>.<table>.<uuid>.sql`, with both names
 * escaped. No file system takes more than 255 bytes (Databases/DatabaseOnDisk.cpp,
 * computeMaxTableNameLength).
 */
const FILE_NAME_BYTES = 255 - '..'.length - 36 - '.sql'.length;
/**
 * The rest holds any ASCII name with `__exact`, and the 46 bytes of the temporary name under which
 * ClickHouse replaces a view.
 */
const DATABASE_BYTES = FILE_NAME_BYTES - 70;
const HASH_DIGITS = 8;

/** Name of a table in its database: its own name, or a shortened one. */
export function warehouseTable(database: string, name: string): string {
  return cut(name, FILE_NAME_BYTES - fileNameBytes(database));
}

/**
 * The name, or as much of it as ClickHouse can keep plus a hash of the whole. Only long names with
 * characters beyond ASCII are shortened: each byte that is no letter, digit or _ counts three
 * times.
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
