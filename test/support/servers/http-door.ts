import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Hands requests on to an HTTP server as they are and counts them, or refuses those of one method
 * with 503. Those that are not allowed get 403 as from S3.
 */
export interface HttpDoor extends AsyncDisposable {
  readonly endpoint: string;
  /** Requests so far, by method; a GET that lists a bucket is a LIST. */
  counts(): ReadonlyMap<string, number>;
  /** null: none is refused. */
  refuse(method: string | null): void;
  /** Every later request reaches the server this much later. At first there is no delay. */
  delay(ms: number): void;
  /** Requests that were not allowed, as `METHOD path`. */
  denied(): readonly string[];
}

/** `allows`: whether a request passes, by method and path with its query. */
export async function openDoor(target: string, allows: (method: string, path: string) => boolean = () => true): Promise<HttpDoor> {
  const { hostname, port } = new URL(target);
  const counts = new Map<string, number>();
  const denied: string[] = [];
  let refused: string | null = null;
  let delayMs = 0;
  const pass = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const method = incoming.method ?? 'GET';
    const kind = method === 'GET' && (incoming.url ?? '').includes('list-type=2') ? 'LIST' : method;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (kind === refused) {
      incoming.resume();
      answer.writeHead(503).end();
      return;
    }
    if (!allows(method, incoming.url ?? '/')) {
      denied.push(`${method} ${incoming.url}`);
      incoming.resume();
      answer.writeHead(403, { 'content-type': 'application/xml' }).end('<Error><Code>AccessDenied</Code></Error>');
      return;
    }
    const hand = (): void => {
      // The signature covers Host, so the headers go on untouched.
      const outgoing = request({ hostname, port, method, path: incoming.url, headers: incoming.headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      outgoing.on('error', () => answer.destroy());
      incoming.pipe(outgoing);
    };
    if (delayMs === 0) hand();
    else setTimeout(hand, delayMs);
  };
  const server = createServer(pass).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: () => new Map(counts),
    refuse: (method) => (refused = method),
    delay: (ms) => (delayMs = ms),
    denied: () => denied,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
