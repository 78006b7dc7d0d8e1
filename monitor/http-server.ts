import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeError } from '../core/errors.ts';
import { listen } from '../warehouse/listen.ts';
import { isLoopbackHost } from '../warehouse/loopback.ts';
import { metricsText } from './metrics-text.ts';
import { statusPage } from './page.ts';
import type { StatusReport } from './status.ts';

const HOST = '127.0.0.1';
const USUAL_PORT = 8124;
const PATHS = ['/', '/metrics', '/status', '/healthz', '/readyz'];

export interface MonitorServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the newest report on loopback: `/` for people, `/metrics` for Prometheus, `/status` as `status --json` prints it; for probes `/healthz` (it looks,
 * and has something to tell) and `/readyz` (every table is as fresh as was promised).
 * `report` resolves with null while there is none yet (503). Throws PORT_IN_USE for a port that was asked for and is taken.
 */
export async function serveMonitor(asked: number | null, report: () => Promise<StatusReport | null>): Promise<MonitorServer> {
  const server = createServer((request, response) => {
    answer(request, response, report).catch((error: unknown) => send(response, 500, 'text/plain', `${describeError(error)}\n`));
  });
  const port = await listen(server, { host: HOST, port: asked, usual: USUAL_PORT });
  return {
    url: `http://${HOST}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, report: () => Promise<StatusReport | null>): Promise<void> {
  if (!isLoopbackHost(request.headers.host)) return send(response, 403, 'text/plain', 'this host name is not ours\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'only GET\n');
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (!PATHS.includes(path)) return send(response, 404, 'text/plain', `there are ${PATHS.join(', ')}\n`);
  const current = await report();
  if (current === null) return send(response, 503, 'text/plain', 'nothing is known yet\n');
  if (path === '/healthz') return send(response, 200, 'text/plain', 'ok\n');
  if (path === '/readyz') return send(response, current.withinSla ? 200 : 503, 'text/plain', `${readiness(current)}\n`);
  if (path === '/metrics') return send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await metricsText(current));
  if (path === '/status') return send(response, 200, 'application/json', `${JSON.stringify(current, null, 2)}\n`);
  send(response, 200, 'text/html; charset=utf-8', statusPage(current));
}

function readiness({ withinSla, cause }: StatusReport): string {
  if (withinSla) return 'ok';
  return cause === null ? 'a table is late or parked' : `held up by the ${cause.stage}: ${cause.reason}`;
}

function send(response: ServerResponse, code: number, type: string, body: string): void {
  response.writeHead(code, {
    'content-type': type,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
