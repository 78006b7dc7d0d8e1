import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** A TCP proxy on loopback that can behave like a network that swallows everything. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /**
   * From now on nothing passes and nothing is closed; new connections are accepted and stay silent.
   */
  freeze(): void;
}

/** Forwards to a port on this machine. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    if (frozen) return;
    const target = connect(targetPort, '127.0.0.1');
    sockets.add(target);
    target.on('error', () => undefined);
    client.pipe(target);
    target.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
