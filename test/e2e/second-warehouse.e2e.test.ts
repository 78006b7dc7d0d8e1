import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openStore } from '../../lake/store/open-store.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { scratch } from '../support/scratch.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { startClickhouse } from '../support/servers/clickhouse-front.ts';
import { startS3Server, VERSITYGW_MISSING } from '../support/servers/versitygw.ts';
import { eventually } from '../support/eventually.ts';
import { SHOP_SCHEMA, startLoad } from '../support/shop-load.ts';
import { expectVerified } from '../support/verified.ts';

const s3 = await startS3Server();
Object.assign(process.env, s3?.environment);
afterAll(() => s3?.[Symbol.asyncDispose]());

/** A server of others may have no way to the S3 server on this machine: it is sent the files. */
const reachesS3 = process.env['TEST_CLICKHOUSE_URL'] === undefined;

const TABLES = ['customers', 'orders', 'visits', 'readings', 'staging'];
const CONTENT = TABLES.map((name) => `select '${name}', count(), sum(cityHash64(*)) from public.${name}`).join(' union all ');

async function content(pipeline: Pipeline, warehouse: string): Promise<string[]> {
  const result = await pipeline.cli(['sql', CONTENT, '--format', 'TabSeparated', '--warehouse', warehouse]);
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result.stdout.trim().split('\n').toSorted();
}

async function traffic(database: TestDatabase, commits: number): Promise<void> {
  const load = startLoad(database.url);
  await eventually(() => load.committed() > commits, 'traffic');
  await load.stop();
}

/** What a copy would change: objects in the lake, and rows that scans of the source read. */
async function copies(database: TestDatabase, lake: string): Promise<{ objects: string[]; scanned: unknown }> {
  const store = await openStore(lake);
  const objects: string[] = [];
  for await (const { key } of store.list('snapshot/')) objects.push(key);
  await store.close();
  const scanned = await database.query('select relname, seq_tup_read from pg_stat_user_tables order by relname');
  return { objects, scanned };
}

const missing = s3 === null && reachesS3;
describe.skipIf(missing)(`from a laptop to a server${missing ? ` (skipped: ${VERSITYGW_MISSING})` : ''}`, () => {
  test('a lake that feeds a directory feeds a server too, and the source is not copied again', { timeout: 600_000 }, async () => {
    await using server = await startClickhouse();
    await using database = await createDatabase();
    await database.query(SHOP_SCHEMA);
    await using folder = await scratch();
    const lake = reachesS3 ? `s3://${s3?.bucket}/${randomBytes(4).toString('hex')}` : path.join(folder.path, 'lake');
    await using pipeline = createPipeline({ source: database.url, lake, env: { TAILRACE_REPLICATE_MAX_AGE: '500ms' } });
    const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
    await run.event('ready');
    await run.event('live');
    await traffic(database, 1000);
    await expectVerified(pipeline);
    const before = await copies(database, lake);

    const second = { TAILRACE_WAREHOUSE: server.url };
    pipeline.start(['compact'], second);
    await eventually(
      async () => (await pipeline.cli(['await', '--now', '--timeout', '120s'], second)).code === 0,
      'the server to have everything',
    );
    expect(await copies(database, lake)).toEqual(before);
    expect(await content(pipeline, server.url)).toEqual(await content(pipeline, pipeline.warehouse));
    await expectVerified(pipeline, second);
  });
});
