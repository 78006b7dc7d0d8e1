import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../core/config.ts';
import { elapsed } from '../../core/time.ts';
import { listen } from '../../core/listen.ts';

/** The roles of a `run` that was just killed end within this time. */
const PATIENCE_MS = 3_000;
const RETRY_MS = 100;

/** Throws PORT_IN_USE for a configured port that is in use, before anything is started. */
export async function requireFreePorts({
  sqlPort,
  sqlHost,
  httpPort,
  httpHost,
  warehouse,
}: Pick<Config, 'sqlPort' | 'sqlHost' | 'httpPort' | 'httpHost' | 'warehouse'>): Promise<void> {
  const until = elapsed() + PATIENCE_MS;
  if (httpPort !== undefined) await requireFree({ host: httpHost, port: httpPort }, until);
  if (sqlPort !== undefined && !/^https?:/.test(warehouse)) await requireFree({ host: sqlHost, port: sqlPort }, until);
}

async function requireFree({ host, port }: { readonly host: string; readonly port: number }, untilMs: number): Promise<void> {
  for (;;) {
    const server = createServer();
    try {
      await listen(server, { host, port, usual: port });
      server.close();
      await once(server, 'close');
      return;
    } catch (error) {
      if (elapsed() > untilMs) throw error;
      await sleep(RETRY_MS);
    }
  }
}
