import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen } from '../../core/listen.ts';
import type { Log } from '../../core/log.ts';
import { MOST_BYTES, parseBody, RefusedRequest } from './event-body.ts';
import type { Rejected } from './event-body.ts';
import { EventWriter } from './event-writer.ts';
import { pageFile } from './page-file.ts';
import { WaitingEvents } from './waiting-events.ts';

const CONNECTIONS = 500;
const REQUEST_MS = 30_000;
const USUAL_PORT = 8125;
/** How long clients have at the end to read their answers. */
const LAST_ANSWERS_MS = 500;
/** A client that is refused may send the rest of its body, up to this, and then read the answer. */
const MOST_READ_BYTES = 16 * MOST_BYTES;

export interface CollectorOptions {
  /** Postgres that gets the events. */
  readonly source: string;
  /** null: 8125, or a free one. */
  readonly port: number | null;
  readonly host: string;
  /** Events that may wait, at most. */
  readonly queue: number;
  /** How long a request waits for its commit, at most. */
  readonly waitMs: number;
  readonly log: Log;
}

/** The answer to events that were taken. */
interface Taken {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejected[];
}

interface Answer {
  readonly status: number;
  readonly body: Taken | { readonly error: string };
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Collector {
  readonly url: string;
  /** Takes no more requests, stores what waits, and ends. */
  close(): Promise<void>;
}

/**
 * Serves `POST /v1/events`, `GET /healthz` and a page at `/`. It listens at once; `/healthz` is 200
 * when Postgres is there with the table. Throws PORT_IN_USE.
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const { log } = options;
  const stop = new AbortController();
  const giveUp = new AbortController();
  const writer = new EventWriter({ url: options.source, log, signal: giveUp.signal });
  const waiting = new WaitingEvents(options.queue);
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    void serve(request, response);
  });
  server.maxConnections = CONNECTIONS;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let found: Answer | PageAnswer;
    try {
      found = await answer(request);
    } catch (error) {
      log.error({ error }, 'a request failed');
      found = { status: 500, body: { error: 'the collector failed; the events may be stored, so send them again' } };
    }
    if (stop.signal.aborted) response.shouldKeepAlive = false;
    reply(response, found);
  }

  async function answer(request: IncomingMessage): Promise<Answer | PageAnswer> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path === '/healthz') {
      return writer.isConnected ? { status: 200, text: 'ok\n' } : { status: 503, text: 'waiting for Postgres\n', headers: RETRY_LATER };
    }
    if (path !== '/v1/events') return request.method === 'GET' ? pageFile(path) : { status: 404, text: 'not found\n' };
    if (request.method !== 'POST') return { status: 405, body: { error: 'POST events here' }, headers: { allow: 'POST' } };
    try {
      return await take(await bodyOf(request));
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      return { status: error.status, body: { error: error.message } };
    }
  }

  async function take(bytes: Buffer): Promise<Answer> {
    const { events, rejected } = parseBody(bytes);
    if (events.length === 0) return { status: 202, body: { accepted: 0, duplicates: 0, rejected } };
    const late = AbortSignal.any([AbortSignal.timeout(options.waitMs), giveUp.signal]);
    const stored = waiting.offer(
      events.map(({ event }) => event),
      bytes.length,
      late,
    );
    if (stored === null) return { status: 429, body: { error: `${waiting.size} events wait already; try again` }, headers: RETRY_SOON };
    const outcomes = await Promise.race([stored, aborted(late)]);
    if (outcomes === null)
      return { status: 503, body: { error: 'Postgres did not answer in time; send these again' }, headers: RETRY_LATER };
    const refused = outcomes.flatMap((outcome, at) =>
      typeof outcome === 'object' ? [{ index: events[at]?.index ?? 0, error: outcome.error }] : [],
    );
    return {
      status: 202,
      body: {
        accepted: outcomes.filter((outcome) => outcome === 'accepted').length,
        duplicates: outcomes.filter((outcome) => outcome === 'duplicate').length,
        rejected: [...rejected, ...refused].toSorted((a, b) => a.index - b.index),
      },
    };
  }

  const port = await listen(server, { host: options.host, port: options.port, usual: USUAL_PORT });
  const draining = waiting
    .drain((events) => writer.store(events), stop.signal)
    .catch((error: unknown) => {
      if (!giveUp.signal.aborted) log.error({ error }, 'storing events ended');
    });
  return {
    url: `http://${options.host}:${port}/`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      stop.abort();
      const timer = setTimeout(() => giveUp.abort(), options.waitMs);
      await draining;
      clearTimeout(timer);
      giveUp.abort();
      const cut = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
      await closed;
      clearTimeout(cut);
      await writer[Symbol.asyncDispose]();
    },
  };
}

const RETRY_SOON = { 'retry-after': '1' };
const RETRY_LATER = { 'retry-after': '2' };

/** A file of the page, or a short text. */
interface PageAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function reply(response: ServerResponse, answer: Answer | PageAnswer): void {
  const json = 'body' in answer;
  const headers = {
    'content-type': json ? 'application/json' : 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    ...answer.headers,
  };
  response.writeHead(answer.status, headers).end(json ? `${JSON.stringify(answer.body)}\n` : answer.text);
}

/** The body, as it was sent. Throws RefusedRequest for another type (415) or a longer one (413). */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((part) => part.trim()).find((part) => part.startsWith('charset='));
  if (type.trim() !== 'application/json' || (charset !== undefined && !/^charset="?utf-8"?$/.test(charset))) {
    throw new RefusedRequest(415, 'send application/json in UTF-8');
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new RefusedRequest(415, 'send the body without compression');
  const tooLong = new RefusedRequest(413, `a request has at most ${MOST_BYTES} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) throw tooLong;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not `for await`: leaving it would cut the connection before the client reads the answer.
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MOST_BYTES) chunks.push(chunk);
      else reject(tooLong);
      if (bytes > MOST_READ_BYTES) request.destroy();
    });
    request.on('end', resolve).on('error', () => reject(new RefusedRequest(400, 'the body ended early')));
  });
  return Buffer.concat(chunks);
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
