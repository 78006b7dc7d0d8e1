import { createServer } from 'node:http';
import { listen } from '../../core/listen.ts';
import { troubles, turns } from '../../core/loop.ts';
import type { Trouble, Turn } from '../../core/loop.ts';
import { elapsed } from '../../core/time.ts';

/** A loop that has not turned for this long hangs. */
const HANGS_MS = 60_000;
const CONNECTIONS = 50;
const REQUEST_MS = 10_000;
/** Errors of a role that stands by. */
const STANDS_BY = /^(?:SLOT|WAREHOUSE|TRANSFORM)_IN_USE\b/;

/** What the probes of a role that runs alone say. */
export class Vitals {
  #untilMs: number;
  #working = 0;
  #ready = false;

  constructor(nowMs: number) {
    this.#untilMs = nowMs + HANGS_MS;
  }

  turn({ working, restMs }: Turn, nowMs: number): void {
    this.#working += working;
    this.#untilMs = nowMs + restMs + HANGS_MS;
  }

  begun(): void {
    this.#ready = true;
  }

  trouble({ error }: Trouble): void {
    if (error !== null && STANDS_BY.test(error)) this.#ready = false;
  }

  /** Status of a path: 200, 503, or 404 when it is no probe. */
  status(path: string, nowMs: number): 200 | 404 | 503 {
    if (path === '/healthz') return this.#working > 0 || nowMs <= this.#untilMs ? 200 : 503;
    if (path === '/readyz') return this.#ready ? 200 : 503;
    return 404;
  }
}

export interface Probes extends AsyncDisposable {
  /** The role has begun its work. */
  begun(): void;
}

/**
 * Serves the probes of a role that runs alone:
 *
 * - `/healthz`: 200 while its loop turns; 503 when it has not turned for a minute
 * - `/readyz`: 200 when it has begun its work; 503 before, and while it stands by
 *
 * They need no token and tell nothing else. Throws PORT_IN_USE.
 */
export async function serveProbes(host: string, port: number): Promise<Probes> {
  const vitals = new Vitals(elapsed());
  const onTurn = (turn: unknown): void => vitals.turn(turn as Turn, elapsed());
  const onTrouble = (trouble: unknown): void => vitals.trouble(trouble as Trouble);
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, ({ method, url = '/' }, response) => {
    const status = method === 'GET' || method === 'HEAD' ? vitals.status(url.replace(/\?.*$/s, ''), elapsed()) : 405;
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
    response.end(status === 200 ? 'ok\n' : '');
  });
  server.maxConnections = CONNECTIONS;
  await listen(server, { host, port, usual: port });
  turns.subscribe(onTurn);
  troubles.subscribe(onTrouble);
  return {
    begun: () => vitals.begun(),
    async [Symbol.asyncDispose]() {
      turns.unsubscribe(onTurn);
      troubles.unsubscribe(onTrouble);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
