import { TailraceError } from '../core/errors.ts';

const TLS_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
/** As libpq's sslmode; `allow` is taken as `prefer`. */
export type TlsMode = (typeof TLS_MODES)[number];

/** What a source URL says. Absent parts are null and are then taken from the environment as libpq does. */
export interface SourceAddress {
  /** Name, address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string | null;
  readonly password: string | null;
  readonly database: string | null;
  readonly tls: TlsMode;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  /** Startup options of the user's own, put before ours. */
  readonly options: string | null;
  readonly applicationName: string | null;
}

/**
 * `postgres://user:password@host:port/database?sslmode=…&sslrootcert=…` → its parts, by libpq's names
 * (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS). Parameters it does not know are left alone.
 * Throws BAD_ARGUMENT; the URL itself is in no error.
 */
export function parseSourceUrl(text: string): SourceAddress {
  const url = readUrl(text);
  const param = (name: string): string | null => url.searchParams.get(name) || null;
  return {
    host: param('host') ?? part(url.hostname.replace(/^\[(.*)\]$/, '$1')) ?? process.env['PGHOST'] ?? 'localhost',
    port: portOf(param('port') ?? part(url.port) ?? process.env['PGPORT'] ?? '5432'),
    user: param('user') ?? part(url.username) ?? process.env['PGUSER'] ?? null,
    password: param('password') ?? part(url.password) ?? process.env['PGPASSWORD'] ?? null,
    database: param('dbname') ?? part(url.pathname.slice(1)) ?? process.env['PGDATABASE'] ?? null,
    tls: tlsMode(param('sslmode') ?? process.env['PGSSLMODE'] ?? 'prefer'),
    caFile: param('sslrootcert') ?? process.env['PGSSLROOTCERT'] ?? null,
    certFile: param('sslcert'),
    keyFile: param('sslkey'),
    options: param('options'),
    applicationName: param('application_name'),
  };
}

/** `host:port/database`, for messages. */
export function describeAddress(address: SourceAddress): string {
  return `${address.host}:${address.port}/${address.database ?? address.user ?? ''}`;
}

/** A host that begins with a slash is the folder of a Unix socket. */
export function isUnixSocket(address: SourceAddress): boolean {
  return address.host.startsWith('/');
}

function readUrl(text: string): URL {
  // libpq allows an empty host after the user; the standard's parser does not.
  const url = URL.canParse(text) ? new URL(text) : URL.parse(text.replace('@/', '@localhost/'));
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new TailraceError('BAD_ARGUMENT', 'the source is not a URL of the form postgres://user:password@host:5432/database', {
      hint: 'Percent-encode special characters of the password.',
    });
  }
  return url;
}

/** A percent-encoded part, null when it is empty. */
function part(text: string): string | null {
  try {
    return decodeURIComponent(text) || null;
  } catch {
    throw new TailraceError('BAD_ARGUMENT', 'a part of the source URL has a % that is not percent-encoding', {
      hint: 'Write % itself as %25.',
    });
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new TailraceError('BAD_ARGUMENT', `the source's port "${text}" is not a number from 1 to 65535`);
  }
  return port;
}

function tlsMode(text: string): TlsMode {
  const mode = TLS_MODES.find((known) => known === text);
  if (mode === undefined) throw new TailraceError('BAD_ARGUMENT', `sslmode "${text}" is not one of ${TLS_MODES.join(', ')}`);
  return mode;
}
