import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';

/** Hands requests on to an HTTP server as they are and counts them, by method. */
export interface CountingProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** Requests so far. */
  counts(): ReadonlyMap<string, number>;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const counts = new Map<string, number>();
  const { hostname, port } = new URL(target);
  const forward = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const method = incoming.method ?? 'GET';
    counts.set(method, (counts.get(method) ?? 0) + 1);
    // The signature covers Host, so the headers go on untouched.
    const outgoing = request({ hostname, port, method, path: incoming.url, headers: incoming.headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer(forward).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    counts: () => new Map(counts),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
