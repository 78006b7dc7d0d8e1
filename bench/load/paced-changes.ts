import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const EVERY_MS = 10;

/** Makes about `rows` changes in one transaction; returns how many it made. */
export type Change = (client: pg.Client, rows: number, tick: number) => Promise<number>;

/**
 * Changes a source at a fixed rate, in one transaction every 10 ms. What one transaction could not
 * do in time the next one does too. Says as JSON on stdout when it has begun, and on SIGTERM, when
 * it ends, the number of changes.
 */
export async function pacedChanges(url: string, rate: number, change: Change): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'tailrace-bench load' });
  await client.connect();
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  process.stdout.write('{"event":"begun"}\n');
  const begun = performance.now();
  let done = 0;
  for (let tick = 0; !stop.signal.aborted; tick += 1) {
    const due = Math.floor(((performance.now() - begun) / 1000) * rate) - done;
    if (due > 0) done += await change(client, due, tick);
    await sleep(Math.max(0, (tick + 1) * EVERY_MS - (performance.now() - begun)));
  }
  await client.end();
  process.stdout.write(`${JSON.stringify({ event: 'done', changes: done, seconds: (performance.now() - begun) / 1000 })}\n`);
}
