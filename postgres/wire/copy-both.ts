import type { Duplex } from 'node:stream';
import type { Connection } from 'pg';
import { DatabaseError } from 'pg';
import { frameBytes, HEADER_BYTES } from './frame-walker.ts';
import { COPY_BOTH, ERROR_RESPONSE, readServerReport } from './wire.ts';

/**
 * Takes the socket of an idle connection from the driver (as pg-copy-streams does), sends the
 * command, and waits for CopyBothResponse. The socket is then paused right after that message, and
 * nobody reads it. Rejects with the server's error or the loss of the connection.
 */
export async function openCopyBoth(connection: Connection, command: string): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connection.stream;
  let received: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    try {
      const rest = afterCopyBoth(received);
      if (rest === null) return;
      socket.pause();
      if (rest.length > 0) socket.unshift(rest);
      resolve();
    } catch (error) {
      reject(error);
    }
  };
  const onClose = (): void => reject(new Error('Connection terminated while replication was started'));
  socket.removeAllListeners('data');
  socket.on('data', onData);
  socket.on('error', reject);
  socket.on('close', onClose);
  connection.query(command);
  try {
    await promise;
    return socket;
  } finally {
    socket.off('data', onData);
    socket.off('error', reject);
    socket.off('close', onClose);
  }
}

/** The bytes after CopyBothResponse; null until it has arrived. Throws the server's error. */
function afterCopyBoth(received: Buffer): Buffer | null {
  let at = 0;
  while (received.length - at >= HEADER_BYTES) {
    const next = at + frameBytes(received, at);
    if (next > received.length) return null;
    const type = received.readUInt8(at);
    if (type === COPY_BOTH) return received.subarray(next);
    if (type === ERROR_RESPONSE) throw serverError(received, at + HEADER_BYTES, next);
    at = next;
  }
  return null;
}

/** The body of an ErrorResponse as the driver's own error class. */
export function serverError(buf: Buffer, start: number, end: number): DatabaseError {
  const report = readServerReport(buf, start, end);
  const error = new DatabaseError(report.message, end - start, 'error');
  error.code = report.sqlState;
  error.severity = report.severity;
  error.detail = report.detail;
  return error;
}
