import { readFileSync } from 'node:fs';
import { connect as connectSocket, isIP } from 'node:net';
import type { ConnectionOptions, SecureVersion } from 'node:tls';
import { TailraceError } from '../../core/errors.ts';
import { describeAddress, isUnixSocket } from './source-url.ts';
import type { SourceAddress } from './source-url.ts';
import { codeOf, sqlState } from './sqlstate.ts';

/** SSLRequest: length 8, code 80877103. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const YES = 0x53; // S

/** "No pg_hba.conf entry for …, no encryption", or with it. */
const REFUSED_AS_IT_CAME = '28000';

/**
 * Runs a connection attempt under the address's sslmode, with libpq's meaning: `prefer` and
 * `require` do not check the certificate (`require` does if a CA file is given), `verify-ca` checks
 * the chain, `verify-full` the host name too. Without sslrootcert the system's CAs are used.
 * `prefer` continues without TLS if the server has none or refuses us with it. `allow` starts
 * without TLS and uses it if the server requires it. The stricter modes throw SOURCE_TLS if the
 * server has no TLS.
 */
export async function withTls<T>(
  address: SourceAddress,
  timeoutMs: number,
  attempt: (ssl: ConnectionOptions | false) => Promise<T>,
): Promise<T> {
  const ssl = tlsOptions(address);
  if (ssl === false) return await attempt(false);
  const first = address.tls === 'allow' ? false : ssl;
  try {
    return await attempt(first);
  } catch (error) {
    const second = address.tls === 'allow' ? ssl : false;
    const mayTakeEither = address.tls === 'allow' || address.tls === 'prefer';
    if (sqlState(error) === REFUSED_AS_IT_CAME && mayTakeEither) {
      // The first refusal is more useful than the second.
      return await attempt(second).catch(() => {
        throw error;
      });
    }
    if (first === false || !(await lacksTls(address, timeoutMs, error))) throw error;
    if (mayTakeEither) return await attempt(false);
    throw new TailraceError('SOURCE_TLS', `${describeAddress(address)} offers no TLS, but sslmode=${address.tls} requires it`, {
      cause: error,
    });
  }
}

/**
 * Whether an attempt failed because the server has no TLS. The driver has no code for that, so we
 * ask the server.
 */
async function lacksTls(address: SourceAddress, timeoutMs: number, error: unknown): Promise<boolean> {
  if (error instanceof TailraceError || codeOf(error) !== '' || address.tlsNegotiation === 'direct') return false;
  return !(await offersTls(address, timeoutMs));
}

function tlsOptions(address: SourceAddress): ConnectionOptions | false {
  const { tls, caFile, crlFile, certFile, keyFile, keyPassphrase, tlsVersions, host } = address;
  if (tls === 'disable' || isUnixSocket(address)) return false;
  const options: ConnectionOptions = { host };
  // An address must not be a server name (RFC 6066, section 3).
  if (isIP(host) === 0) options.servername = host;
  if (caFile !== null && caFile !== 'system') options.ca = readPem(caFile);
  if (crlFile !== null) options.crl = readPem(crlFile);
  if (certFile !== null) options.cert = readPem(certFile);
  if (keyFile !== null) options.key = readPem(keyFile);
  if (keyPassphrase !== null) options.passphrase = keyPassphrase;
  if (tlsVersions.min !== null) options.minVersion = tlsVersions.min as SecureVersion;
  if (tlsVersions.max !== null) options.maxVersion = tlsVersions.max as SecureVersion;
  const chain = tls.startsWith('verify') || (tls === 'require' && caFile !== null);
  if (!chain) return { ...options, rejectUnauthorized: false };
  if (tls === 'verify-full') return options;
  return { ...options, checkServerIdentity: () => undefined };
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TailraceError('SOURCE_TLS', `the source names the file ${path}, which cannot be read`, { cause: error });
  }
}

/**
 * Whether the server offers TLS. An unreachable server counts as one that does: then the first
 * error is reported.
 */
async function offersTls(address: SourceAddress, timeoutMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connectSocket({ host: address.hostAddress ?? address.host, port: address.port, timeout: timeoutMs });
  socket.once('connect', () => socket.write(SSL_REQUEST));
  socket.once('data', (answer) => resolve(answer[0] === YES));
  socket.once('timeout', () => resolve(true));
  socket.once('error', () => resolve(true));
  socket.once('close', () => resolve(true));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
