import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TailraceError } from './errors.ts';

const LOOPBACK = '127.0.0.1';

/**
 * Binds a server to loopback. A port that was asked for and is taken is PORT_IN_USE; without one it is `usual`, or any free one when
 * that is taken. Resolves with the port.
 */
export async function listenOnLoopback(server: Server, asked: number | null, usual: number): Promise<number> {
  const bound = await bind(server, asked ?? usual);
  if (bound) return portOf(server);
  if (asked !== null) throw new TailraceError('PORT_IN_USE', `port ${asked} of ${LOOPBACK} is taken`);
  await bind(server, 0);
  return portOf(server);
}

/** False when another process has the port; any other failure is thrown. */
function bind(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening);
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    };
    const onListening = (): void => {
      server.off('error', onError);
      resolve(true);
    };
    server.once('error', onError).once('listening', onListening).listen(port, LOOPBACK);
  });
}

function portOf(server: Server): number {
  // A server that listens on TCP has this kind of address.
  return (server.address() as AddressInfo).port;
}

/** Whether a request names this machine as its host: a page elsewhere that resolves its own name to loopback does not. */
export function isForLoopback(request: IncomingMessage): boolean {
  const host = request.headers.host;
  if (host === undefined) return true;
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '127.0.0.1' || name === '[::1]';
}
