import { TailraceError } from '../../core/errors.ts';

/** How tailrace treats a keyword of libpq. */
interface Keyword {
  /** The environment variable that libpq reads it from. */
  readonly env?: string;
  /** The supported values; absent: any, empty: none. */
  readonly values?: readonly string[] | 'a number';
  /** Errors never contain its value. */
  readonly secret?: true;
}

const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/**
 * Every keyword of libpq
 * (https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS). Unsupported ones are
 * refused by name: silently ignoring one could weaken the connection.
 */
const KEYWORDS: Readonly<Record<string, Keyword>> = {
  host: { env: 'PGHOST' },
  hostaddr: { env: 'PGHOSTADDR' },
  port: { env: 'PGPORT' },
  dbname: { env: 'PGDATABASE' },
  user: { env: 'PGUSER' },
  password: { env: 'PGPASSWORD', secret: true },
  passfile: { env: 'PGPASSFILE' },
  service: { env: 'PGSERVICE' },
  servicefile: { env: 'PGSERVICEFILE' },
  options: { env: 'PGOPTIONS' },
  application_name: { env: 'PGAPPNAME' },
  fallback_application_name: {},
  connect_timeout: { env: 'PGCONNECT_TIMEOUT', values: 'a number' },
  target_session_attrs: { env: 'PGTARGETSESSIONATTRS', values: ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] },
  load_balance_hosts: { env: 'PGLOADBALANCEHOSTS', values: ['disable', 'random'] },
  client_encoding: { env: 'PGCLIENTENCODING', values: ['auto', 'UTF8', 'utf8', 'UTF-8', 'utf-8'] },
  keepalives: { values: ['0', '1'] },
  keepalives_idle: { values: 'a number' },
  keepalives_interval: { values: [] },
  keepalives_count: { values: [] },
  tcp_user_timeout: { values: ['0'] },
  replication: { values: [] },
  sslmode: { env: 'PGSSLMODE', values: ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] },
  sslnegotiation: { env: 'PGSSLNEGOTIATION', values: ['postgres', 'direct'] },
  sslrootcert: { env: 'PGSSLROOTCERT' },
  sslcert: { env: 'PGSSLCERT' },
  sslkey: { env: 'PGSSLKEY' },
  sslpassword: { secret: true },
  sslcrl: { env: 'PGSSLCRL' },
  sslcrldir: { env: 'PGSSLCRLDIR', values: [] },
  sslsni: { env: 'PGSSLSNI', values: ['1'] },
  sslcertmode: { env: 'PGSSLCERTMODE', values: ['allow', 'disable'] },
  sslcompression: { env: 'PGSSLCOMPRESSION', values: ['0'] },
  sslkeylogfile: { values: [] },
  requiressl: { env: 'PGREQUIRESSL', values: ['0'] },
  ssl_min_protocol_version: { env: 'PGSSLMINPROTOCOLVERSION', values: TLS_VERSIONS },
  ssl_max_protocol_version: { env: 'PGSSLMAXPROTOCOLVERSION', values: TLS_VERSIONS },
  min_protocol_version: { env: 'PGMINPROTOCOLVERSION', values: ['3.0'] },
  max_protocol_version: { env: 'PGMAXPROTOCOLVERSION', values: ['3.0', '3.2', 'latest'] },
  channel_binding: { env: 'PGCHANNELBINDING', values: ['disable', 'prefer'] },
  require_auth: { env: 'PGREQUIREAUTH', values: [] },
  requirepeer: { env: 'PGREQUIREPEER', values: [] },
  gssencmode: { env: 'PGGSSENCMODE', values: ['disable', 'prefer'] },
  gssdelegation: { env: 'PGGSSDELEGATION', values: ['0'] },
  gsslib: { env: 'PGGSSLIB', values: [] },
  krbsrvname: { env: 'PGKRBSRVNAME' },
  scram_client_key: { secret: true, values: [] },
  scram_server_key: { secret: true, values: [] },
  oauth_issuer: { values: [] },
  oauth_client_id: { values: [] },
  oauth_client_secret: { secret: true, values: [] },
  oauth_scope: { values: [] },
};

/** The keywords that the environment sets. */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Map<string, string> {
  return new Map(
    Object.entries(KEYWORDS).flatMap(([keyword, { env: name }]): [string, string][] => {
      const value = name === undefined ? undefined : env[name];
      return value === undefined || value === '' ? [] : [[keyword, value]];
    }),
  );
}

/**
 * Throws BAD_ARGUMENT for a keyword that libpq does not have, and for an unsupported value. `from`
 * names their origin in the error.
 */
export function checkKeywords(pairs: ReadonlyMap<string, string>, from: string): void {
  let before = '';
  for (const [keyword, value] of pairs) {
    const known = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (known === undefined) throw unknownKeyword(keyword, KEYWORDS[before]?.secret === true, from);
    before = keyword;
    const { values } = known;
    if (values === undefined || (values === 'a number' ? /^-?\d{1,7}$/.test(value) : values.includes(value))) continue;
    const what = known.secret === true ? keyword : `${keyword}=${printable(value)}`;
    const allowed = values === 'a number' ? 'Use a number.' : `Use one of: ${values.join(', ')}.`;
    throw new TailraceError('BAD_ARGUMENT', `${from} has ${what}, which tailrace does not support`, {
      hint: values.length === 0 ? `Remove ${keyword}.` : allowed,
    });
  }
}

/** `afterSecret`: it may be part of a password that is not quoted. */
function unknownKeyword(keyword: string, afterSecret: boolean, from: string): TailraceError {
  const what = afterSecret ? 'something after the password' : `"${printable(keyword)}"`;
  return new TailraceError('BAD_ARGUMENT', `${from} has ${what} that is not a connection parameter of libpq`, {
    hint: afterSecret
      ? "Quote a value with spaces: '…'."
      : 'Remove it; parameters of other drivers (schema, pgbouncer, …) have no meaning here.',
  });
}

function printable(text: string): string {
  return /^[\w./:-]{1,40}$/.test(text) ? text : '…';
}
