import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { CHANGES_OF_COLUMNS } from '../support/every-change.ts';
import type { TableChange } from '../support/every-change.ts';
import { CHANGES_OF_NUMBERS } from '../support/every-number-change.ts';
import { CHANGES_OF_TABLES } from '../support/every-table-change.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { chosenBinaries, chosenVersion } from '../support/postgres-version.ts';
import { startPostgres } from '../support/postgres.ts';

const VERSION = chosenVersion();
const CHANGES = [...CHANGES_OF_COLUMNS, ...CHANGES_OF_NUMBERS, ...CHANGES_OF_TABLES]
  .map((change, index) => ({ ...change, table: `t${index}` }))
  .filter(({ since = 0 }) => VERSION >= since);

interface Found {
  readonly table: string;
  readonly match: boolean | null;
  readonly error: string | null;
}

const resources = new AsyncDisposableStack();
let found: readonly Found[] = [];
let generations: readonly { readonly table: string; readonly generation: number }[] = [];

/** Plays all changes side by side, round by round, on one source while it is replicated. */
beforeAll(async () => {
  const binaries = await chosenBinaries();
  const server = resources.use(await startPostgres({ binaries, settings: { max_prepared_transactions: '10' } }));
  const application = new pg.Client({ connectionString: server.url });
  await application.connect();
  resources.defer(() => application.end());
  const pipeline = resources.use(createPipeline({ source: server.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } }));
  for (const change of CHANGES) await play(application, change, change.setup);
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');
  const rounds = Math.max(...CHANGES.map((change) => change.rounds.length));
  for (let round = 0; round < rounds; round += 1) {
    for (const change of CHANGES) await play(application, change, change.rounds[round] ?? []);
  }
  found = await verified(pipeline);
  const asked = await pipeline.cli([
    'sql',
    'SELECT table, generation FROM tailrace.tables FINAL WHERE NOT gone',
    '--format',
    'JSONEachRow',
  ]);
  generations = asked.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}, 600_000);

afterAll(() => resources.disposeAsync());

async function play(application: pg.Client, { table }: TableChange & { table: string }, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    const sql = statement.replaceAll('@', table);
    await application.query(sql).catch((error: unknown) => {
      throw new Error(`the source refused: ${sql}`, { cause: error });
    });
  }
}

async function verified(pipeline: Pipeline): Promise<Found[]> {
  const awaited = await pipeline.cli(['await', '--now', '--timeout', '300s']);
  expect(awaited, awaited.stderr).toMatchObject({ code: 0 });
  const { stdout } = await pipeline.cli(['verify', '--json']);
  return (JSON.parse(stdout) as { tables: Found[] }).tables;
}

test.each(CHANGES)('equal to the source: $name', ({ table, once }) => {
  const isOurs = (name: string): boolean => name.replaceAll('"', '').split(/[._]/).includes(table);
  const ours = found.filter((one) => isOurs(one.table));
  expect(ours.length).toBeGreaterThan(0);
  for (const one of ours) expect(one).toMatchObject({ match: true });
  if (once) for (const one of generations.filter((made) => isOurs(made.table))) expect(one).toMatchObject({ generation: 1 });
});
