import type { Server } from 'node:http';
import { TailraceError } from './errors.ts';

/**
 * Listens and returns the port: the requested one, or PORT_IN_USE; with null the default one, or a
 * free one if the default is in use.
 */
export async function listen(server: Server, wish: { host: string; port: number | null; usual: number }): Promise<number> {
  const { host, port, usual } = wish;
  const failure = await attempt(server, host, port ?? usual);
  if (failure === null) return portOf(server);
  const taken = failure.code === 'EADDRINUSE' || failure.code === 'EACCES';
  if (!taken || port !== null)
    throw new TailraceError('PORT_IN_USE', `cannot listen on ${host}:${port ?? usual} (${failure.code})`, { cause: failure });
  const second = await attempt(server, host, 0);
  if (second !== null) throw new TailraceError('PORT_IN_USE', `cannot listen on any port of ${host} (${second.code})`, { cause: second });
  return portOf(server);
}

function attempt(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error);
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve(null);
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
