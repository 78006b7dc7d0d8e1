import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { openStore } from '../../lake/store/open-store.ts';
import type { StatusReport } from '../../monitor/status.ts';
import { startCluster } from '../support/cluster/clickhouse-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { openInbox } from '../support/servers/alert-inbox.ts';
import { startS3Server, VERSITYGW_MISSING } from '../support/servers/versitygw.ts';
import { expectVerified } from '../support/verified.ts';

/**
 * By night: it takes minutes of waiting. What starts here would outlive a file that is skipped.
 */
const isNight = process.env['TEST_EVERY_PLACE'] !== undefined;
const s3 = isNight ? await startS3Server() : null;
Object.assign(process.env, s3?.environment);
afterAll(() => s3?.[Symbol.asyncDispose]());

/** How long the shard is away: the minute of an operator who restarts it. */
const AWAY_MS = 60_000;

const SCHEMA = `
  create table accounts (id text primary key, body text, n int);
  alter table accounts alter body set storage external;
  create table readings (sensor int); alter table readings replica identity full;
  insert into accounts select 'a' || g, repeat(md5(g::text), 100), 0 from generate_series(1, 40) g;
  insert into readings select g % 5 from generate_series(1, 50) g;
`;
/** Keys move between shards, without their large values. */
const CHANGE = `update accounts set id = id || 'x', n = n + 1; insert into readings values (1)`;
const CONTENT =
  "select 'accounts', count(), sum(cityHash64(*)) from public.accounts union all select 'readings', count(), sum(cityHash64(*)) from public.readings";

async function content(pipeline: Pipeline, env: Record<string, string> = {}): Promise<string[]> {
  const result = await pipeline.cli(['sql', CONTENT, '--format', 'TabSeparated'], env);
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result.stdout.trim().split('\n').toSorted();
}

/** What a copy would change: objects in the lake, and rows that scans of the source read. */
async function copies(database: TestDatabase, lake: string): Promise<{ objects: string[]; scanned: unknown }> {
  const store = await openStore(lake);
  const objects: string[] = [];
  for await (const { key } of store.list('snapshot/')) objects.push(key);
  await store.close();
  return { objects, scanned: await database.query('select relname, seq_tup_read from pg_stat_user_tables order by relname') };
}

const missing = isNight ? (s3 === null ? VERSITYGW_MISSING : null) : 'played by night';
describe.skipIf(missing !== null)(`a cluster from the lake of a directory${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  test('it gets the same rows without a copy, outlives a shard that is away, and gets another shard', { timeout: 900_000 }, async () => {
    await using cluster = await startCluster({ shards: 3, replicas: 1, also: { shop: 2 } });
    await using inbox = await openInbox();
    await using database = await createDatabase();
    await database.query(SCHEMA);
    const lake = `s3://${s3?.bucket}/${randomBytes(4).toString('hex')}`;
    const env = { TAILRACE_REPLICATE_MAX_AGE: '500ms', TAILRACE_SOURCE_HEARTBEAT: '5s', TAILRACE_SLA: '60s' };
    await using pipeline = createPipeline({ source: database.url, lake, env });
    const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
    await run.event('live');
    await database.query(CHANGE);
    await expectVerified(pipeline);
    const before = await copies(database, lake);

    const shop = { TAILRACE_WAREHOUSE: cluster.url, TAILRACE_WAREHOUSE_CLUSTER: 'shop', TAILRACE_ALERT_WEBHOOK: inbox.url };
    const compact = pipeline.start(['compact'], shop);
    await eventually(
      async () => (await pipeline.cli(['await', '--now', '--timeout', '60s'], shop)).code === 0,
      'the cluster to have everything',
    );
    expect(await copies(database, lake)).toEqual(before);
    expect(await content(pipeline, shop)).toEqual(await content(pipeline));
    await expectVerified(pipeline, shop);

    const monitor = pipeline.start(['monitor', '--http-port', '0'], shop);
    await monitor.event('ready');
    await cluster.node(2, 1).kill();
    const killedMs = Date.now();
    await database.query(CHANGE);
    const held = await inbox.wait('raised', 'compactor-held-up');
    expect(held.summary).toMatch(/: no replica of shard 2 answers: 127\.0\.0\.12:\d+ does not answer/);
    const status = JSON.parse((await pipeline.cli(['status', '--json'], shop)).stdout) as StatusReport;
    expect(status.warehouse.trouble).toMatch(/^no replica of shard 2 answers/);
    // The lake goes on.
    await database.query(CHANGE);
    await expectVerified(pipeline);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, killedMs + AWAY_MS - Date.now())));
    await cluster.node(2, 1).start();
    await inbox.wait('resolved', 'compactor-held-up', 400_000);
    await expectVerified(pipeline, shop);
    expect(await content(pipeline, shop)).toEqual(await content(pipeline));

    const old = await content(pipeline, shop);
    await compact[Symbol.asyncDispose]();
    await cluster.resize('shop', 3);
    const refused = await pipeline.start(['compact'], shop).ended();
    expect(refused.stderr).toContain('WAREHOUSE_RESHARDED: the warehouse was spread over 2 and the cluster has 3 shards');
    expect(await content(pipeline, shop)).toEqual(old);
    expect(await pipeline.cli(['rebuild'], shop)).toMatchObject({ code: 0 });
    pipeline.start(['compact'], shop);
    await database.query(CHANGE);
    await eventually(
      async () => {
        const { code } = await pipeline.cli(['await', '--now', '--timeout', '5s'], shop);
        // Until then readers have the old tables.
        if (code !== 0) expect(await content(pipeline, shop)).toHaveLength(2);
        return code === 0;
      },
      'the tables on three shards',
      400_000,
    );
    await expectVerified(pipeline, shop);
    expect(await content(pipeline, shop)).toEqual(await content(pipeline));
    expect((await copies(database, lake)).objects).toEqual(before.objects);
  });
});
