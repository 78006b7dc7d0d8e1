import path from 'node:path';
import { TailraceError } from '../../core/errors.ts';
import { checkKeywords, fromEnvironment } from './conninfo-keywords.ts';
import { parseConninfo } from './conninfo.ts';
import { findPassword } from './password-file.ts';
import { readService } from './service-file.ts';
import { surroundings } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';

/** As libpq's sslmode. */
type TlsMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/**
 * Which of several servers to use. `read-write` becomes `primary`, because our sessions may always
 * write.
 */
export type ServerWanted = 'any' | 'primary' | 'standby' | 'prefer-standby';

/** One server of a connection string, with everything that is needed to connect to it. */
export interface SourceAddress {
  /** Name, address, or the folder of a Unix socket; the name that a certificate must have. */
  readonly host: string;
  /** Where to connect, instead of resolving the name. */
  readonly hostAddress: string | null;
  readonly port: number;
  readonly user: string;
  readonly password: string | null;
  /** Why the password file was not used. */
  readonly passwordTrouble: string | null;
  readonly database: string;
  readonly tls: TlsMode;
  readonly tlsNegotiation: 'postgres' | 'direct';
  /** `system`: those of the machine. */
  readonly caFile: string | null;
  readonly crlFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly keyPassphrase: string | null;
  readonly tlsVersions: { readonly min: string | null; readonly max: string | null };
  /** Startup options of the user's own, put before ours. */
  readonly options: string | null;
  readonly applicationName: string | null;
  /** Null: our default; 0: no limit. */
  readonly connectTimeoutMs: number | null;
  /** Idle time before a TCP keepalive; null: no keepalives, undefined: not given. */
  readonly keepaliveIdleMs: number | null | undefined;
}

/** A connection string, read. */
export interface Source {
  /** In the order in which they are tried. */
  readonly addresses: readonly SourceAddress[];
  readonly wanted: ServerWanted;
}

const SOCKET_FOLDERS = ['/var/run/postgresql', '/tmp'];
const SERVICE_FOLDER = '/etc/postgresql-common';
const WANTED: Readonly<Record<string, ServerWanted>> = {
  'read-write': 'primary',
  primary: 'primary',
  'read-only': 'standby',
  standby: 'standby',
  'prefer-standby': 'prefer-standby',
};

type Get = (keyword: string) => string | null;

/**
 * Reads a source as libpq does: the string, then the service it names, then the environment, then
 * files of the user, then defaults. https://www.postgresql.org/docs/current/libpq-connect.html.
 * Throws BAD_ARGUMENT; nothing secret is in an error.
 */
export function parseSource(text: string, around: Surroundings = surroundings()): Source {
  const given = parseConninfo(text);
  checkKeywords(given, 'the source');
  const environment = fromEnvironment(around.env);
  const service = given.get('service') ?? environment.get('service') ?? null;
  const ofService = service === null ? new Map<string, string>() : serviceOf(service, given.get('servicefile') ?? null, around);
  checkKeywords(ofService, `the service "${service}"`);
  checkKeywords(environment, 'the environment');
  const pairs = new Map([...environment, ...ofService, ...given]);
  const get: Get = (keyword) => pairs.get(keyword) ?? null;
  const places = placesOf(get, around);
  const addresses = places.map((place) => addressOf(place, get, around));
  const wanted = WANTED[get('target_session_attrs') ?? ''] ?? 'any';
  return { addresses: get('load_balance_hosts') === 'random' ? shuffled(addresses) : addresses, wanted };
}

/** The first server that the source names. */
export function parseSourceUrl(text: string): SourceAddress {
  const [first] = parseSource(text).addresses;
  if (first === undefined) throw new TailraceError('INTERNAL', 'a source without a host');
  return first;
}

/** `host:port/database`, for messages. */
export function describeAddress(address: SourceAddress): string {
  return `${address.host}:${address.port}/${address.database}`;
}

/** A host that begins with a slash is the folder of a Unix socket. */
export function isUnixSocket(address: SourceAddress): boolean {
  return address.host.startsWith('/') && address.hostAddress === null;
}

function serviceOf(service: string, file: string | null, around: Surroundings): Map<string, string> {
  const { env, home } = around;
  const files = [
    file ?? env['PGSERVICEFILE'] ?? (home === null ? null : path.join(home, '.pg_service.conf')),
    path.join(env['PGSYSCONFDIR'] ?? SERVICE_FOLDER, 'pg_service.conf'),
  ];
  for (const name of files) {
    const found = name === null ? null : around.read(name);
    const section = name === null || found === null ? null : readService(found.text, service, name);
    if (section !== null) return section;
  }
  throw new TailraceError('BAD_ARGUMENT', `the service "${service}" of the source is not defined in any file`, {
    hint: `Files searched: ${files.filter((name) => name !== null).join(', ')}.`,
  });
}

interface Place {
  readonly host: string;
  readonly hostAddress: string | null;
  readonly port: number;
}

/** Lists of the same length; a single port is used for all hosts. */
function placesOf(get: Get, around: Surroundings): Place[] {
  const hosts = get('host')?.split(',') ?? [];
  const hostAddresses = get('hostaddr')?.split(',') ?? [];
  const ports = get('port')?.split(',') ?? [];
  const count = Math.max(hosts.length, hostAddresses.length, 1);
  const fits = (list: readonly string[], least: number): boolean => list.length === 0 || list.length === least || list.length === count;
  if (!fits(hosts, count) || !fits(hostAddresses, count) || !fits(ports, 1)) {
    const what = `the source has ${hosts.length} hosts, ${hostAddresses.length} hostaddr and ${ports.length} ports`;
    throw new TailraceError('BAD_ARGUMENT', what, { hint: 'Give each host its own entry, or one port for all.' });
  }
  return Array.from({ length: count }, (_, at) => {
    const port = portOf((ports.length === 1 ? ports[0] : ports[at]) || '5432');
    const hostAddress = hostAddresses[at] || null;
    const host = hosts[at] || hostAddress || defaultHost(port, around);
    if (host.startsWith('@'))
      throw new TailraceError('BAD_ARGUMENT', 'the source names an abstract socket, which tailrace does not support');
    return { host, hostAddress, port };
  });
}

/** The default folder of libpq depends on how it was built. */
function defaultHost(port: number, around: Surroundings): string {
  return SOCKET_FOLDERS.find((folder) => around.exists(socketOf(folder, port))) ?? 'localhost';
}

function socketOf(folder: string, port: number): string {
  return `${folder}/.s.PGSQL.${port}`;
}

function addressOf(place: Place, get: Get, around: Surroundings): SourceAddress {
  const user = get('user') ?? around.user;
  if (user === null) throw new TailraceError('BAD_ARGUMENT', 'the source names no user, and the user of this process has no name');
  const database = get('dbname') ?? user;
  const ofUser = (name: string): string | null => {
    const file = around.home === null ? null : path.join(around.home, '.postgresql', name);
    return file !== null && around.exists(file) ? file : null;
  };
  const caFile = get('sslrootcert') ?? ofUser('root.crt');
  const certFile = get('sslcertmode') === 'disable' ? null : (get('sslcert') ?? ofUser('postgresql.crt'));
  const seconds = get('connect_timeout');
  return {
    ...place,
    user,
    database,
    ...passwordOf(place, { user, database }, get, around),
    tls: tlsMode(get, caFile),
    tlsNegotiation: get('sslnegotiation') === 'direct' ? 'direct' : 'postgres',
    caFile,
    crlFile: get('sslcrl') ?? ofUser('root.crl'),
    certFile,
    keyFile: certFile === null ? null : (get('sslkey') ?? ofUser('postgresql.key')),
    keyPassphrase: get('sslpassword'),
    tlsVersions: { min: get('ssl_min_protocol_version'), max: get('ssl_max_protocol_version') },
    options: get('options'),
    applicationName: get('application_name') ?? get('fallback_application_name'),
    connectTimeoutMs: seconds === null ? null : Math.max(0, Number(seconds)) * 1000,
    keepaliveIdleMs: get('keepalives') === '0' ? null : Number(get('keepalives_idle') ?? 0) * 1000 || undefined,
  };
}

function tlsMode(get: Get, caFile: string | null): TlsMode {
  const mode = get('sslmode') as TlsMode | null;
  if (caFile !== 'system') {
    if (get('sslnegotiation') !== 'direct' || mode === 'require' || mode?.startsWith('verify') === true) return mode ?? 'prefer';
    throw new TailraceError('BAD_ARGUMENT', `the source has sslnegotiation=direct with sslmode=${mode ?? 'prefer'}, which may be weaker`, {
      hint: 'Use sslmode=require, verify-ca or verify-full.',
    });
  }
  if (mode === null || mode === 'verify-full') return 'verify-full';
  throw new TailraceError('BAD_ARGUMENT', `the source has sslrootcert=system with sslmode=${mode}`, {
    hint: 'Anyone can get a certificate that the system trusts: use sslmode=verify-full.',
  });
}

/** The password file is used only if no password is given elsewhere. */
function passwordOf(
  { host, hostAddress, port }: Place,
  { user, database }: { user: string; database: string },
  get: Get,
  around: Surroundings,
): Pick<SourceAddress, 'password' | 'passwordTrouble'> {
  const password = get('password');
  const file = get('passfile') ?? (around.home === null ? null : path.join(around.home, '.pgpass'));
  const found = password !== null || file === null ? null : around.read(file);
  if (found === null) return { password, passwordTrouble: null };
  if (found.open)
    return {
      password: null,
      passwordTrouble: `the password file ${file} is ignored, because other users can read it: run chmod 600 on it`,
    };
  const isDefault = hostAddress === null && SOCKET_FOLDERS.includes(host);
  const of = { host: isDefault ? 'localhost' : host, port: String(port), database, user };
  return { password: findPassword(found.text, of), passwordTrouble: null };
}

function portOf(text: string): number {
  const port = Number(text);
  // The text may be part of a password.
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new TailraceError('BAD_ARGUMENT', 'a port of the source is not a number from 1 to 65535');
  return port;
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((one) => ({ one, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
