import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeError } from '../core/errors.ts';
import { listen } from '../core/listen.ts';
import { MOST_STREAMS, streamEvents } from './event-stream.ts';
import type { PageSource } from './event-stream.ts';
import { requireToken } from '../core/secret.ts';
import { admit, cookieHeader } from './http-access.ts';
import type { HttpAccess } from './http-access.ts';
import type { MonitorReport } from './monitor-report.ts';
import { pagePolicy } from '../core/web-page.ts';
import { pageHtml } from './page.ts';
import { runbookHtml } from './runbook.ts';

const USUAL_PORT = 8124;
const PROBES = ['/healthz', '/healthz/replicate', '/healthz/compact', '/readyz'];
const PATHS = ['/', '/events', '/metrics', '/runbook', '/status', ...PROBES];
const BASE = 'http://localhost';
/** Enough for the clients that may watch and the pages that may be open. */
const CONNECTIONS = 400;
/** A request is a few lines; a client that needs longer is disconnected. */
const REQUEST_MS = 10_000;

/** Answers the requests of one path that another room serves. */
export type MonitorRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface MonitorServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the newest report:
 *
 * - `/`: the live page, fed by `/events`
 * - `/runbook`: the runbook, which alerts link to
 * - `/metrics`: for Prometheus
 * - `/status`: as `status --json` prints it
 * - `/healthz`: 200 when the monitor has a report
 * - `/healthz/replicate`, `/healthz/compact`: 200 when that role holds nothing up
 * - `/readyz`: 200 when every table meets its freshness target
 * - the paths of `routes`, under the same rules of access
 *
 * `/healthz` and `/readyz` are probes: they need no token, and without one they answer no text.
 * Without a report the answer is 503. Throws PORT_IN_USE for a requested port that is in use,
 * BAD_CONFIG for a host that needs a token.
 */
export async function serveMonitor(
  asked: { port: number | null } & HttpAccess,
  source: PageSource,
  routes: ReadonlyMap<string, MonitorRoute> = new Map(),
): Promise<MonitorServer> {
  requireToken('http', asked);
  const paths = [...PATHS, ...routes.keys()];
  let streams = 0;
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    const admission = gate({ ...asked, paths }, request, response);
    if (admission === null) return;
    const path = pathOf(request);
    if (path === '/events' && admission === 'all') {
      if (streams >= MOST_STREAMS) return send(response, 503, 'text/plain', 'too many pages are open; try again later\n');
      streams += 1;
      streamEvents(response, source)
        .catch(() => response.destroy())
        .finally(() => (streams -= 1));
      return;
    }
    const route = routes.get(path);
    const answered = route === undefined ? answer(path, admission, response, source) : route(request, response);
    answered.catch((error: unknown) => send(response, 500, 'text/plain', `${describeError(error)}\n`));
  });
  server.maxConnections = CONNECTIONS;
  const port = await listen(server, { host: asked.host, port: asked.port, usual: USUAL_PORT });
  return {
    url: `http://${asked.host.includes(':') ? `[${asked.host}]` : asked.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What the request may see; null: it is answered already. */
function gate(
  access: HttpAccess & { paths: readonly string[] },
  request: IncomingMessage,
  response: ServerResponse,
): 'all' | 'probes' | null {
  const admission = admit(access, request);
  const path = pathOf(request);
  const refuse = (status: number, text: string): null => {
    send(response, status, 'text/plain', `${text}\n`);
    return null;
  };
  if (admission === 'foreign') return refuse(403, 'this host name is not served here');
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'GET only');
  if (!access.paths.includes(path)) return refuse(404, `not found; the paths are ${access.paths.join(', ')}`);
  if (admission === 'welcome' && access.token !== null) {
    // The redirect removes the token from the address, and so from the browser's history.
    response
      .writeHead(303, { location: withoutToken(request), 'set-cookie': cookieHeader(access.token), 'cache-control': 'no-store' })
      .end();
    return null;
  }
  if (admission === 'probes' && !PROBES.includes(path)) {
    response.setHeader('www-authenticate', 'Basic realm="tailrace"');
    return refuse(401, 'the token is missing or wrong');
  }
  return admission === 'probes' ? 'probes' : 'all';
}

async function answer(path: string, admission: 'all' | 'probes', response: ServerResponse, source: PageSource): Promise<void> {
  if (path === '/') return sendPage(response);
  if (path === '/runbook') return sendRunbook(response);
  const report = await source.report();
  if (report === null) return send(response, 503, 'text/plain', 'no report yet: the source or the lake has not answered\n');
  if (path === '/healthz') return send(response, 200, 'text/plain', 'ok\n');
  const stuck = stuckRole(path, report);
  if (stuck !== null) return send(response, stuck === '' ? 200 : 503, 'text/plain', admission === 'all' ? stuck || 'ok\n' : '');
  if (path === '/readyz') return send(response, report.withinSla ? 200 : 503, 'text/plain', admission === 'all' ? readiness(report) : '');
  if (path === '/metrics') return sendMetrics(response, report);
  send(response, 200, 'application/json', `${JSON.stringify(report, null, 2)}\n`);
}

/** The library of Prometheus is loaded where somebody collects metrics. */
async function sendMetrics(response: ServerResponse, report: MonitorReport): Promise<void> {
  const { metricsText } = await import('./metrics-text.ts');
  send(response, 200, 'text/plain; version=0.0.4', await metricsText(report));
}

/**
 * Why the role that the probe names makes no progress. Empty: it makes progress. Null: the path is
 * not a probe of a role.
 */
function stuckRole(path: string, { cause }: MonitorReport): string | null {
  const stage = path === '/healthz/replicate' ? 'replicator' : path === '/healthz/compact' ? 'compactor' : null;
  if (stage === null) return null;
  return cause?.stage === stage ? `${cause.reason}\n` : '';
}

function readiness({ withinSla, cause, tables }: MonitorReport): string {
  if (withinSla) return 'ok\n';
  const parked = tables.filter(({ state }) => state === 'parked').length;
  if (parked > 0) return `${parked} tables are parked\n`;
  return cause === null ? 'late\n' : `held up by the ${cause.stage}: ${cause.reason}\n`;
}

function sendPage(response: ServerResponse): void {
  const nonce = randomBytes(16).toString('base64');
  response.setHeader('content-security-policy', pagePolicy(nonce));
  send(response, 200, 'text/html', pageHtml(nonce));
}

function sendRunbook(response: ServerResponse): void {
  response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
  send(response, 200, 'text/html', runbookHtml());
}

/** The address that was asked for, without the token. */
function withoutToken({ url = '/' }: IncomingMessage): string {
  const { pathname, searchParams } = new URL(url, BASE);
  searchParams.delete('token');
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams.toString()}`;
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return URL.canParse(url, BASE) ? new URL(url, BASE).pathname : url;
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  response.end(body);
}
