import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeError, TailraceError } from '../core/errors.ts';
import { pagePolicy } from '../core/web-page.ts';
import { oneSelect } from '../warehouse/select/select-tables.ts';
import { EventClient } from './event-client.ts';
import { PanelStream } from './panel-stream.ts';
import type { ReportFolder } from './report-folder.ts';
import { reportHtml } from './report-page.ts';
import { watchReport } from './watch-report.ts';
import { EVERY_MS } from './watch-limits.ts';
import type { Unwatch, Watching } from './watcher.ts';
import type { WatchEvent, WatchListener } from './watched-query.ts';

/** Answers one request whose path fits. */
type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const PLAIN = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

export interface WatchRoutesOptions {
  readonly watcher: Watching;
  readonly reports: ReportFolder;
}

/**
 * - `/watch?sql=…` and `/watch?report=NAME`: server-sent events `rows` (JSON; `id` is its LSN) and
 *   `error` (a line with a code). A client that comes back with the id of the latest answer does
 *   not get it again.
 * - `/report`: the page of all reports, fed by `/report/events`
 *
 * A refusal is one line with a code: 400 for what is no SELECT, 404 for an unknown report, 503
 * above a limit.
 */
export function watchRoutes(options: WatchRoutesOptions): ReadonlyMap<string, Route> {
  const { watcher, reports } = options;
  let clients = 0;
  const stream =
    (serve: Route): Route =>
    async (request, response) => {
      try {
        if (clients >= watcher.limits.clients) {
          throw new TailraceError('WATCH_LIMIT', `${watcher.limits.clients} clients watch already`, { hint: 'Try again later.' });
        }
        clients += 1;
        response.once('close', () => (clients -= 1));
        await serve(request, response);
      } catch (error) {
        refuse(response, error);
      }
    };
  return new Map<string, Route>([
    ['/watch', stream((request, response) => serveWatch(options, request, response))],
    ['/report', async (_request, response) => sendPage(response)],
    [
      '/report/events',
      stream(async (_request, response) => {
        const files = await reports.read();
        if (response.destroyed) return;
        const panels = new PanelStream({ watcher, reports, client: new EventClient(response) }, files);
        response.once('close', () => panels.end());
      }),
    ],
  ]);
}

function sendPage(response: ServerResponse): void {
  const nonce = randomBytes(16).toString('base64');
  response.writeHead(200, { ...PLAIN, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pagePolicy(nonce) });
  response.end(reportHtml(nonce));
}

async function serveWatch({ watcher, reports }: WatchRoutesOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const [sql, name] = [searchParams.get('sql'), searchParams.get('report')];
  if ((sql === null) === (name === null)) {
    throw new TailraceError('BAD_ARGUMENT', 'a watch needs either sql or report', {
      hint: 'Ask for /watch?report=NAME or /watch?sql=SELECT.',
    });
  }
  const lastId = request.headers['last-event-id'] ?? null;
  const subscribe = name === null ? await ofText(watcher, sql ?? '') : await watchReport({ watcher, reports }, name);
  if (response.destroyed) return;
  if (request.method === 'HEAD') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end();
  follow(response, subscribe, typeof lastId === 'string' ? lastId : null);
}

async function ofText(watcher: Watching, sql: string): Promise<(listener: WatchListener) => Unwatch> {
  const text = { select: oneSelect(sql), everyMs: EVERY_MS };
  await watcher.check(text);
  return (listener) => watcher.watch(text, listener);
}

function follow(response: ServerResponse, subscribe: (listener: WatchListener) => Unwatch, lastId: string | null): void {
  let known = lastId;
  let client: EventClient | null = null;
  const early: WatchEvent[] = [];
  // Too many queries are refused before the stream begins.
  const unwatch = subscribe((event) => {
    const isKnown = event.kind === 'rows' && event.at.lsn === known;
    known = null;
    if (isKnown) return;
    if (client === null) early.push(event);
    else client.send('', event.bytes);
  });
  client = new EventClient(response);
  for (const { bytes } of early) client.send('', bytes);
  response.once('close', unwatch);
}

/** One line with a code. */
function refuse(response: ServerResponse, error: unknown): void {
  const code = error instanceof TailraceError ? error.code : 'INTERNAL';
  const status = code === 'NO_SUCH_REPORT' ? 404 : code === 'WATCH_LIMIT' ? 503 : code === 'INTERNAL' ? 500 : 400;
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, {
    ...PLAIN,
    'content-type': 'text/plain; charset=utf-8',
    ...(status === 503 ? { 'retry-after': '5' } : {}),
  });
  response.end(`${describeError(error)}\n`);
}
