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

/** Databases that ClickHouse or we already use for something else; `default` is the one a client lands in, an ordinary one. */
const TAKEN = new Set(['system', 'information_schema', 'INFORMATION_SCHEMA', '_temporary_and_external_tables', 'tailrace']);

/**
 * The database that shows a Postgres schema: its own name, or `pg_<name>` where that is taken.
 * A schema that is itself called `pg_…` and would meet another one cannot exist: Postgres reserves the prefix.
 */
export function warehouseDatabase(schema: string): string {
  return TAKEN.has(schema) ? `pg_${schema}` : schema;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\0', '\\0').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}
