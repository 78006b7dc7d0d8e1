/**
 * What every session of ours sets at startup. The output functions of Postgres follow these settings, and pgoutput prints values under
 * those of the walsender; a database or role may have others.
 */
const EVERY_SESSION = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  search_path: 'pg_catalog',
  quote_all_identifiers: 'off',
  xmloption: 'content',
  standard_conforming_strings: 'on',
  // A missing publication is told as a warning in the stream, which must not be filtered out.
  client_min_messages: 'warning',
  // An error is better than silently fewer rows.
  row_security: 'off',
  // Heartbeats and publications are written.
  default_transaction_read_only: 'off',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

/**
 * The first statement of a session, once it is known whose database it is. In SQL_ASCII any bytes are text; a client that asked for UTF-8
 * would get an error instead of them (pg_server_to_any in src/backend/utils/mb/mbutils.c), so there they are taken as they are.
 */
export const KEEP_BYTES = `select set_config('client_encoding', 'SQL_ASCII', false) where current_setting('server_encoding') = 'SQL_ASCII'`;

/** What the server gives a silent client of the stream; ours speaks every few seconds. */
const WALSENDER = { wal_sender_timeout: '60s' };
const SQL = { jit: 'off' };

/**
 * The `options` of a startup message. The user's own come first, so that ours win except for wal_sender_timeout.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS
 */
export function startupOptions(role: 'sql' | 'walsender', lockTimeoutMs: number, own: string | null): string {
  const settings = { ...EVERY_SESSION, ...(role === 'sql' ? SQL : {}), lock_timeout: String(lockTimeoutMs) };
  const before = role === 'walsender' ? flags(WALSENDER) : [];
  return [...before, ...(own === null ? [] : [own]), ...flags(settings)].join(' ');
}

function flags(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
}
