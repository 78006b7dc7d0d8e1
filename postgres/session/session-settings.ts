/**
 * Settings of every session from its start: limits that could end it, and what the connection
 * itself needs. They override those of the database or role. A server refuses unknown startup
 * options, so every supported version knows these.
 */
const AT_STARTUP = {
  client_encoding: 'UTF8',
  // The stream reports a missing publication as a warning, which must not be filtered out.
  client_min_messages: 'warning',
  // Heartbeats and publications are writes.
  default_transaction_read_only: 'off',
  // Our predicate locks could make transactions of the application fail.
  default_transaction_isolation: String.raw`read\ committed`,
  // Our writes need not wait for a standby: after a failover they are repeated.
  synchronous_commit: 'local',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

/**
 * Settings that decide how values are printed and statements are parsed, and limits that only later
 * versions have. pgoutput prints values under the settings of the walsender. The first statement
 * sets them, so RESET still returns to those of database and role.
 */
const FIRST = {
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
  // An error is better than missing rows.
  row_security: 'off',
  // 17 and later. It applies while a walsender sends one transaction, and while a snapshot is kept.
  transaction_timeout: '0',
};

const SQL = { jit: 'off' };

/**
 * The first statement of every session, `walsender` too. Settings that the server does not know are
 * skipped. In SQL_ASCII any bytes are text, and a client that asks for UTF-8 could get an error
 * (pg_server_to_any in src/backend/utils/mb/mbutils.c), so there the bytes are taken unchanged.
 * Functions are qualified by schema, because the search_path is not ours yet.
 */
export function firstStatement(role: 'sql' | 'walsender'): string {
  const settings = Object.entries({ ...FIRST, ...(role === 'sql' ? SQL : {}) });
  const encoding = `case when pg_catalog.current_setting('server_encoding') operator(pg_catalog.=) 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end`;
  const rows = [...settings.map(([name, value]) => `('${name}', '${value}')`), `('client_encoding', ${encoding})`];
  return (
    `select pg_catalog.set_config(s.name, s.value, false) from (values ${rows.join(', ')}) as s(name, value) ` +
    'where pg_catalog.current_setting(s.name, true) is not null'
  );
}

const NAMES = Object.keys({ ...FIRST, ...SQL }).filter((name) => name !== 'transaction_timeout');

/**
 * Restores the settings of database and role for the rest of a transaction: other people's code
 * expects them.
 */
export const THEIRS = `select pg_catalog.set_config(name, reset_val, true) from pg_catalog.pg_settings where name in (${NAMES.map((name) => `'${name}'`).join(', ')})`;

/** Undoes THEIRS in a transaction that continues. */
export const OURS_AGAIN = `select ${NAMES.map((name) => `pg_catalog.set_config('${name}', '${{ ...FIRST, ...SQL }[name as keyof typeof FIRST]}', true)`).join(', ')}`;

/** How long the server waits for a silent client; ours sends something every few seconds. */
const WALSENDER = { wal_sender_timeout: '60s' };

/**
 * The `options` of a startup message. The user's own come first, so ours win, except for
 * wal_sender_timeout.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS
 */
export function startupOptions(role: 'sql' | 'walsender', lockTimeoutMs: number, own: string | null): string {
  const settings = { ...AT_STARTUP, lock_timeout: String(lockTimeoutMs) };
  const before = role === 'walsender' ? flags(WALSENDER) : [];
  return [...before, ...(own === null ? [] : [own]), ...flags(settings)].join(' ');
}

function flags(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
}
