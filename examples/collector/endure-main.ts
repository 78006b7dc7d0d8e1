import { parseArgs } from 'node:util';
import pg from 'pg';
import { SHOP_HISTORIES } from '../../cli/demo/demo-models.ts';
import { startPostgres } from '../../cli/demo/postgres-server.ts';
import { makeShop } from '../../cli/demo/shop-history.ts';
import { shopSize } from '../../cli/demo/shop-schema.ts';
import { createPipeline } from '../../test/support/pipeline.ts';
import { endure } from './endure.ts';

const MODELS = `${import.meta.dirname}/../../warehouse-sql/shop`;
const COLLECTOR_DIES_EVERY_MS = 9_000;
const POSTGRES_DIES_EVERY_MS = 20_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * The long form of the crash test: `--seconds` and `--rate` set the load. The whole pipeline runs
 * behind it, so that each answered id is looked for in the source and in the mart.
 */
async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { seconds: text, rate: text } });
  const seconds = Number(values.seconds ?? 60);
  const rate = Number(values.rate ?? 2_000);
  await using postgres = await startPostgres();
  await makeShop(postgres.url, shopSize(20_000), () => undefined, { signal: new AbortController().signal });
  await using pipeline = createPipeline({ source: postgres.url, env: { TAILRACE_MODELS: MODELS, TAILRACE_TABLE: SHOP_HISTORIES } });
  await using running = pipeline.start(['run']);
  await running.event('ready');
  const times = (every: number): number[] => Array.from({ length: Math.floor((seconds * 1000) / every) }, (_, n) => (n + 0.5) * every);
  const { answered, made, failed, duplicates } = await endure({
    postgres,
    seconds,
    rate,
    killCollectorAtMs: times(COLLECTOR_DIES_EVERY_MS),
    killPostgresAtMs: times(POSTGRES_DIES_EVERY_MS),
    say,
  });
  say(`${made} events made, ${answered.size} ids answered 202, ${duplicates} answered as duplicates, ${failed} requests failed`);
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('select id::text from client_events');
  await client.end();
  const inSource = compare(
    'client_events',
    answered,
    rows.map(({ id }) => id),
  );
  await pipeline.cli(['await', '--now', '--timeout', '120s']);
  const once = await pipeline.cli(['transform', '--once', 'marts.fct_events']);
  say(once.stdout + once.stderr);
  const mart = await pipeline.cli(['sql', '--format', 'TSV', "SELECT event_id FROM marts.fct_events WHERE source = 'browser'"]);
  const inMart = compare('marts.fct_events', answered, mart.stdout.trim().split('\n'));
  return inSource && inMart ? 0 : 1;
}

/** Whether each answered id is among the found ones exactly once. */
function compare(place: string, answered: ReadonlySet<string>, found: readonly string[]): boolean {
  const once = new Set(found);
  const missing = [...answered].filter((id) => !once.has(id)).length;
  say(`${place}: ${found.length} rows, ${once.size} ids, ${missing} answered ids missing`);
  return missing === 0 && once.size === found.length && answered.size > 0;
}

process.exitCode = await main();
