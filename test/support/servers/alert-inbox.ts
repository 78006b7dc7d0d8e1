import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { eventually } from '../eventually.ts';

/** What a webhook was posted. */
interface PostedAlert {
  readonly status: 'raised' | 'resolved';
  readonly kind: string;
  readonly severity: string;
  readonly stage: string | null;
  readonly table: string | null;
  readonly summary: string;
  readonly text: string;
}

/** A webhook of the test's own. */
export interface AlertInbox extends AsyncDisposable {
  readonly url: string;
  readonly posted: readonly PostedAlert[];
  /** Resolves with the first alert of the kind that is in this status. */
  wait(status: PostedAlert['status'], kind: string, timeoutMs?: number): Promise<PostedAlert>;
}

export async function openInbox(): Promise<AlertInbox> {
  const posted: PostedAlert[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    posted.push(JSON.parse(await text(request)) as PostedAlert);
    response.end();
  };
  const server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    posted,
    wait: async (status, kind, timeoutMs) => {
      try {
        return await eventually(
          () => posted.find((alert) => alert.status === status && alert.kind === kind),
          `${status} ${kind}`,
          timeoutMs,
        );
      } catch (error) {
        throw new Error(`not among ${posted.map(({ text: line }) => line).join(' | ')}`, { cause: error });
      }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
