import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import { TailraceError } from '../../core/errors.ts';
import { startupOptions } from './session-settings.ts';
import { describeAddress } from './source-url.ts';
import type { SourceAddress } from './source-url.ts';

/** Where the source is, and how long to wait for it. */
export interface SourceOptions {
  /** A connection string of libpq, as URI or as keywords. */
  readonly url: string;
  /** Default 10 000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Default `tailrace`. */
  readonly applicationName?: string | undefined;
}

/** `sql` runs statements, `walsender` the replication commands. */
export interface SessionRole {
  readonly role: 'sql' | 'walsender';
  /**
   * How long a statement, or the creation of a slot, may wait for others. Default 10 000; 0: no
   * limit.
   */
  readonly lockTimeoutMs?: number | undefined;
}

const CONNECT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 10_000;
const KEEPALIVE_IDLE_MS = 10_000;

/** Milliseconds; 0: no limit. */
export function connectTimeoutMs(source: SourceOptions, address: SourceAddress): number {
  return source.connectTimeoutMs ?? address.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
}

/**
 * The driver's settings for one connection attempt. The driver gets the password only when the
 * server asks for it.
 */
export function clientConfig(
  source: SourceOptions,
  address: SourceAddress,
  ssl: ConnectionOptions | false,
  session: SessionRole,
): ClientConfig {
  return {
    host: address.hostAddress ?? address.host,
    port: address.port,
    user: address.user,
    database: address.database,
    password: () => passwordOf(address),
    ssl,
    // Set explicitly: otherwise the driver would read these from the environment.
    sslnegotiation: ssl === false ? 'postgres' : address.tlsNegotiation,
    client_encoding: 'UTF8',
    application_name: source.applicationName ?? address.applicationName ?? 'tailrace',
    options: startupOptions(session.role, session.lockTimeoutMs ?? LOCK_TIMEOUT_MS, address.options),
    connectionTimeoutMillis: connectTimeoutMs(source, address),
    keepAlive: address.keepaliveIdleMs !== null,
    keepAliveInitialDelayMillis: address.keepaliveIdleMs ?? KEEPALIVE_IDLE_MS,
  };
}

function passwordOf(address: SourceAddress): string {
  if (address.password === null) {
    throw new TailraceError('SOURCE_AUTH', `${describeAddress(address)} asks for a password, but none was given`, {
      hint: address.passwordTrouble ?? 'Add it to the URL, to PGPASSWORD or to a password file.',
    });
  }
  return address.password;
}
