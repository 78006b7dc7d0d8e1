/**
 * What every session of ours has from its first moment on: limits that would end it, and what it
 * needs to be let in. A database or role may have others. A server refuses a startup option that it
 * does not know, so these are known to all versions.
 */
const AT_STARTUP = {
  client_encoding: 'UTF8',
  // A missing publication is told as a warning in the stream, which must not be filtered out.
  client_min_messages: 'warning',
  // Heartbeats and publications are written.
  default_transaction_read_only: 'off',
  // Predicate locks of ours would make transactions of the application fail.
  default_transaction_isolation: String.raw`read\ committed`,
  // Nothing of ours is worth waiting for a standby: all of it is found out and done again.
  synchronous_commit: 'local',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

/**
 * What values are printed and statements are understood by, and limits that only later versions
 * have. The output functions of Postgres follow these settings, and pgoutput prints values under
 * those of the walsender. They are set by the first statement: what RESET leads to is then what
 * database and role have.
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
  // An error is better than silently fewer rows.
  row_security: 'off',
  // 17 and later; it counts while a walsender sends one transaction, and while a snapshot is kept.
  transaction_timeout: '0',
};

const SQL = { jit: 'off' };

/**
 * The first statement of every session, `walsender` too. Unknown names are passed over. In
 * SQL_ASCII any bytes are text; a client that asked for UTF-8 would get an error instead of them
 * (pg_server_to_any in src/backend/utils/mb/mbutils.c), so there they are taken as they are. Every
 * function is named with its schema: until it has run, the search_path is that of others.
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
 * For the rest of a transaction, the settings under which the code of others is written: those of
 * database and role.
 */
export const THEIRS = `select pg_catalog.set_config(name, reset_val, true) from pg_catalog.pg_settings where name in (${NAMES.map((name) => `'${name}'`).join(', ')})`;

/** Undoes THEIRS where the transaction goes on. */
export const OURS_AGAIN = `select ${NAMES.map((name) => `pg_catalog.set_config('${name}', '${{ ...FIRST, ...SQL }[name as keyof typeof FIRST]}', true)`).join(', ')}`;

/** What the server gives a silent client of the stream; ours speaks every few seconds. */
const WALSENDER = { wal_sender_timeout: '60s' };

/**
 * The `options` of a startup message. The user's own come first, so that ours win except for
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
