import { readFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { TailraceError } from '../core/errors.ts';
import { describeAddress, isUnixSocket } from './source-url.ts';
import type { SourceAddress } from './source-url.ts';
import { codeOf } from './sqlstate.ts';

/** SSLRequest: length 8, code 80877103. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const YES = 0x53; // S

/**
 * Runs a connection attempt under the address's sslmode, with libpq's meaning: `prefer` and `require` do not look at the certificate
 * (`require` does when a CA file is given), `verify-ca` checks the chain, `verify-full` the host name too. Without sslrootcert the
 * system's CAs are used. `prefer` goes on without TLS where the server has none; everything stricter is SOURCE_TLS then.
 */
export async function withTls<T>(
  address: SourceAddress,
  timeoutMs: number,
  attempt: (ssl: ConnectionOptions | false) => Promise<T>,
): Promise<T> {
  const ssl = tlsOptions(address);
  if (ssl === false) return await attempt(false);
  try {
    return await attempt(ssl);
  } catch (error) {
    // The driver has no code for "no TLS here", so the server is asked.
    if (error instanceof TailraceError || codeOf(error) !== '' || (await offersTls(address, timeoutMs))) throw error;
    if (address.tls === 'prefer' || address.tls === 'allow') return await attempt(false);
    throw new TailraceError('SOURCE_TLS', `${describeAddress(address)} offers no TLS, and sslmode=${address.tls} asks for it`, {
      cause: error,
    });
  }
}

function tlsOptions(address: SourceAddress): ConnectionOptions | false {
  if (address.tls === 'disable' || isUnixSocket(address)) return false;
  const files: ConnectionOptions = {};
  if (address.caFile !== null && address.caFile !== 'system') files.ca = readPem(address.caFile);
  if (address.certFile !== null) files.cert = readPem(address.certFile);
  if (address.keyFile !== null) files.key = readPem(address.keyFile);
  const chain = address.tls.startsWith('verify') || (address.tls === 'require' && address.caFile !== null);
  if (!chain) return { ...files, rejectUnauthorized: false };
  if (address.tls === 'verify-full') return files;
  return { ...files, checkServerIdentity: () => undefined };
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TailraceError('SOURCE_TLS', `the file ${path} named in the source URL cannot be read`, { cause: error });
  }
}

/** Whether the server would speak TLS. A server that is not there counts as one that would: the first error says more. */
async function offersTls(address: SourceAddress, timeoutMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connectSocket({ host: address.host, port: address.port, timeout: timeoutMs });
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
