import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { abortableSleep } from '../../core/loop.ts';
import { tempFolderIn } from '../../core/environment.ts';
import type { Log } from '../../core/log.ts';
import { duration } from '../../core/figures.ts';
import { elapsed } from '../../core/time.ts';
import { stopSignal } from '../stop-signal.ts';
import { SHOP_HISTORIES, shopModels } from './demo-models.ts';
import { DemoPipeline } from './demo-pipeline.ts';
import { DemoScreen } from './demo-screen.ts';
import { finale } from './finale.ts';
import { startPostgres } from './postgres-server.ts';
import type { PostgresServer } from './postgres-server.ts';
import { makeShop } from './shop-history.ts';
import { historyRows, shopSize } from './shop-schema.ts';
import { startTraffic } from './shop-traffic.ts';

export interface DemoOptions {
  readonly rows: number;
  readonly rate: number;
  readonly seconds: number;
  readonly keep: boolean;
  readonly port: number | null;
  readonly sqlPort: string | null;
  readonly httpPort: string | null;
  readonly log: Log;
}

/** The database lives for minutes and needs no care against power loss; its WAL is the same. */
const POSTGRES_SETTINGS = { fsync: 'off', full_page_writes: 'off', autovacuum: 'off' };
/** How long freshness is shown after all tables are live. */
const LIVE_FOR_MS = 4_000;
/** How long the first run of the models is waited for. */
const MODELS_MS = 60_000;

/**
 * The whole demo, from an empty folder to a verdict. Resolves with 0 if both sides are equal, else
 * 1. Leaves nothing behind, even when it fails.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const signal = stopSignal();
  const screen = new DemoScreen();
  const folder = await tempFolderIn(os.tmpdir(), (home) => mkdtempSync(path.join(home, 'tailrace-demo-')));
  try {
    screen.say('starting an embedded Postgres 18 …');
    await using postgres = await startPostgres({ settings: POSTGRES_SETTINGS, ...(options.port === null ? {} : { port: options.port }) });
    const atOnce = (): void => endAtOnce(postgres, folder);
    process.on('exit', atOnce);
    return await play(options, { url: postgres.url, folder, screen, signal }).finally(() => process.off('exit', atOnce));
  } catch (error) {
    if (!signal.aborted) throw error;
    screen.say('stopped; everything is removed');
    return 1;
  } finally {
    screen.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** A second Ctrl-C does not wait; the roles end when their parent is gone. */
function endAtOnce(postgres: PostgresServer, folder: string): void {
  if (postgres.pid !== undefined) process.kill(postgres.pid, 'SIGQUIT');
  for (const place of [postgres.dataDir, folder]) rmSync(place, { recursive: true, force: true, maxRetries: 5 });
}

interface Stage {
  readonly url: string;
  readonly folder: string;
  readonly screen: DemoScreen;
  readonly signal: AbortSignal;
}

async function play(options: DemoOptions, stage: Stage): Promise<number> {
  const { url, folder, screen, signal } = stage;
  const size = shopSize(options.rows);
  const madeAt = elapsed();
  await makeShop(url, size, (rows, total) => screen.bar({ label: 'creating two years of history', done: rows, total, unit: 'rows' }), {
    signal,
  });
  screen.say(`created a shop with two years of history (${duration((elapsed() - madeAt) / 1000)})`);

  await using pipeline = new DemoPipeline({ url, folder, sqlPort: options.sqlPort, httpPort: options.httpPort, screen, signal });
  const ready = await pipeline.ready();
  screen.say(`tailrace is running: SQL on ${ready.sql}, page on ${ready.page}`);
  const traffic = startTraffic(url, size, options.rate);
  try {
    const shown = screen.follow(pipeline, { traffic, rows: historyRows(size) });
    const begunAt = elapsed();
    const isSeen = (): boolean => pipeline.liveForMs() > LIVE_FOR_MS && (pipeline.hasModels() || pipeline.liveForMs() > MODELS_MS);
    await pipeline.until(() => isSeen() && elapsed() - begunAt > options.seconds * 1000);
    shown.stop();
  } finally {
    await traffic.stop();
  }
  screen.say(`traffic stopped: ${traffic.changes()} rows changed in ${traffic.transactions()} transactions`);
  const verified = await finale({ pipeline, screen, log: options.log });
  if (options.keep) await keep(stage, ready);
  return verified ? 0 : 1;
}

async function keep({ url, folder, screen, signal }: Stage, ready: { sql: string; page: string }): Promise<void> {
  screen.say(
    [
      '',
      'Everything stays up until Ctrl-C. To look around, in another terminal:',
      `  export TAILRACE_SOURCE=${url} TAILRACE_MODELS=${shopModels()}`,
      `  export TAILRACE_LAKE=${folder}/lake TAILRACE_WAREHOUSE=${folder}/warehouse TAILRACE_TABLE='${SHOP_HISTORIES}'`,
      '  npx tailrace sql "SELECT state, count() FROM public.orders GROUP BY state"',
      '  npx tailrace models        what is built, and how fresh it is; then `npx tailrace test`',
      `  curl '${ready.sql}' --data-binary 'SHOW TABLES FROM public'`,
      '  psql "$TAILRACE_SOURCE"    change something, then ask the warehouse again',
      `  open ${ready.page} and ${ready.page}report`,
    ].join('\n'),
  );
  while (!signal.aborted) await abortableSleep(2 ** 30, signal);
}
