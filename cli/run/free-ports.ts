import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../core/config.ts';
import { elapsed } from '../../core/time.ts';
import { listen } from '../../core/listen.ts';

const HOST = '127.0.0.1';
/** The roles of a `run` that was just killed end within this time. */
const PATIENCE_MS = 3_000;
const RETRY_MS = 100;

/** Throws PORT_IN_USE for a configured port that is in use, before anything is started. */
export async function requireFreePorts({
  sqlPort,
  httpPort,
  warehouse,
}: Pick<Config, 'sqlPort' | 'httpPort' | 'warehouse'>): Promise<void> {
  const asked = [httpPort, /^https?:/.test(warehouse) ? undefined : sqlPort];
  const until = elapsed() + PATIENCE_MS;
  for (const port of asked) if (port !== undefined) await requireFree(port, until);
}

async function requireFree(port: number, untilMs: number): Promise<void> {
  for (;;) {
    const server = createServer();
    try {
      await listen(server, { host: HOST, port, usual: port });
      server.close();
      await once(server, 'close');
      return;
    } catch (error) {
      if (elapsed() > untilMs) throw error;
      await sleep(RETRY_MS);
    }
  }
}
