import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A TCP proxy on loopback that can behave like a bad network. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /**
   * From now on nothing passes and nothing is closed; new connections are accepted and stay silent.
   */
  freeze(): void;
  /** Each piece takes this much longer from now on. */
  slow(delayMs: number): void;
  /** From now on all passes at once. Connections that were there while it was frozen are reset. */
  heal(): void;
}

/** Forwards to a port on this machine. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const stalled = new Set<Socket>();
  let frozen = false;
  let delayMs = 0;
  const add = (socket: Socket): void => {
    sockets.add(socket);
    if (frozen) stalled.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const forward = (from: Socket, to: Socket): void => {
    from.on('data', (piece: Buffer) => {
      from.pause();
      void pass(to, piece).then(() => from.resume());
    });
    from.on('end', () => void pass(to, null));
    from.on('close', () => stalled.has(from) || to.destroySoon());
  };
  const pass = async (to: Socket, piece: Buffer | null): Promise<void> => {
    if (delayMs > 0) await sleep(delayMs);
    if (stalled.has(to)) return;
    if (piece === null) to.end();
    else if (!to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => undefined);
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    add(client);
    if (frozen) return;
    const target = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    add(target);
    forward(client, target);
    forward(target, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    freeze() {
      frozen = true;
      for (const socket of sockets) stalled.add(socket.pause());
    },
    slow(ms) {
      delayMs = ms;
    },
    heal() {
      frozen = false;
      delayMs = 0;
      for (const socket of stalled) socket.resetAndDestroy();
      stalled.clear();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
