import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What happens to a request: it is refused as too many, waits, is done without its answer, or is
 * answered by half.
 */
export const STORE_TROUBLES = ['503', 'slow', 'lost-answer', 'cut'] as const;
export type StoreTrouble = (typeof STORE_TROUBLES)[number];

/** An HTTP proxy before an S3 server that treats a share of the requests badly. */
export interface S3FaultProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** From now on this share of the requests, from 0 to 1, gets the trouble. */
  trouble(kind: StoreTrouble, share: number): void;
  /** From now on no request gets any. */
  heal(): void;
}

const SLOW_MS = 1_000;
const TOO_MANY = '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';

/** Host and all other signed headers pass unchanged, so signatures stay right. */
export async function startS3FaultProxy(target: string): Promise<S3FaultProxy> {
  const shares = new Map<StoreTrouble, number>();
  const server = createServer((request, response) => {
    const trouble = [...shares].find(([, share]) => Math.random() < share)?.[0] ?? null;
    serve(request, response, { target, trouble }).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`,
    trouble: (kind, share) => void shares.set(kind, share),
    heal: () => shares.clear(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { target, trouble }: { readonly target: string; readonly trouble: StoreTrouble | null },
): Promise<void> {
  const body = await buffer(request);
  if (trouble === '503') return void response.writeHead(503, { 'content-type': 'application/xml' }).end(TOO_MANY);
  if (trouble === 'slow') await sleep(SLOW_MS);
  const { hostname, port } = new URL(target);
  const forwarded = ask({ hostname, port, method: request.method, path: request.url, headers: request.rawHeaders });
  forwarded.end(body);
  const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
  const content = await buffer(answer);
  if (trouble === 'lost-answer') return void response.destroy();
  response.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
  if (trouble !== 'cut') return void response.end(content);
  response.write(content.subarray(0, content.length / 2), () => response.destroy());
}
