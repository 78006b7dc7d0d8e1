import { globSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { TEMPORARY_PREFIX } from '../../lake/store/directory-walk.ts';
import { openInbox } from '../support/servers/alert-inbox.ts';
import type { AlertInbox } from '../support/servers/alert-inbox.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase, startPostgres } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { openDoor } from '../support/servers/http-door.ts';
import { startS3Server, VERSITYGW_MISSING } from '../support/servers/versitygw.ts';

/** A target of a minute: a stage that holds changes up for ten seconds is reported. */
function environment(inbox: AlertInbox, more: Record<string, string> = {}): Record<string, string> {
  return { TAILRACE_SOURCE_HEARTBEAT: '1s', TAILRACE_SLA: '60s', TAILRACE_ALERT_WEBHOOK: inbox.url, ...more };
}

/** The roles, each a process of its own, all tables live. */
async function liveRoles(pipeline: Pipeline) {
  const roles = {
    replicate: pipeline.start(['replicate']),
    snapshot: pipeline.start(['snapshot']),
    compact: pipeline.start(['compact', '--sql-port', '0']),
  };
  await eventually(async () => (await pipeline.cli(['status', '--json'])).code === 0, 'all tables to be live');
  await eventually(async () => (await pipeline.cli(['sql', 'select 1 from public.items limit 1'])).code === 0, 'the table to be there');
  // Last, as a start of many seconds on a busy machine is an alert by itself.
  const monitor = pipeline.start(['monitor', '--http-port', '0']);
  await monitor.event('ready');
  return { ...roles, monitor };
}

async function items(database: TestDatabase): Promise<void> {
  await database.query('CREATE TABLE items (id int PRIMARY KEY, body text); INSERT INTO items VALUES (1)');
}

/** Kinds of the alerts that are raised, as the lake has them. */
function recorded({ lake }: Pipeline): string[] {
  return globSync(path.join(lake, 'readers/*/alerts.json')).flatMap((file) =>
    (JSON.parse(readFileSync(file, 'utf8')) as { active: { kind: string }[] }).active.map(({ kind }) => kind),
  );
}

/** Keeps the application busy until it is disposed of: a held up stage shows at once. */
function traffic(database: TestDatabase): AsyncDisposable {
  const over = new AbortController();
  let n = 1000;
  const done = (async () => {
    while (!over.signal.aborted) {
      await database.query('INSERT INTO items VALUES ($1)', [(n += 1)]).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      over.abort();
      await done;
    },
  };
}

// Alone, since it counts alerts, and a process that stands still for ten seconds is one more.
test(
  'a compactor that stopped is reported with its stage before the target is missed, and so is its recovery',
  { timeout: 600_000 },
  async () => {
    await using inbox = await openInbox();
    await using database = await createDatabase();
    await items(database);
    await using pipeline = createPipeline({ source: database.url, env: environment(inbox) });
    const { compact, monitor } = await liveRoles(pipeline);
    await using _load = traffic(database);
    await compact[Symbol.asyncDispose]();
    const held = await inbox.wait('raised', 'compactor-held-up');
    expect(held.text).toMatch(
      /^ALERT compactor-held-up: Changes are held up by the compactor: (\d+ batches are|1 batch is) waiting to be applied\. Tables are \d+ s behind; the target is 1 m 0 s\. Since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\. What to do: Check that the compactor is running and has enough memory\. Runbook: docs\/RUNBOOK\.md#compactor-held-up$/,
    );
    const late = await inbox.wait('raised', 'freshness');
    expect(late.summary).toMatch(
      /^public\.items is \d+ s behind; its target is 1 m 0 s\. It is held up by the compactor: (\d+ batches are|1 batch is) waiting/,
    );
    expect(Number(/is (\d+) s/.exec(late.summary)?.[1])).toBeLessThan(60);
    // A restarted monitor sends no recorded alert again.
    await eventually(() => recorded(pipeline).includes('freshness'), 'the alert to be recorded');
    await monitor[Symbol.asyncDispose]();
    pipeline.start(['monitor', '--http-port', '0']);
    pipeline.start(['compact', '--sql-port', '0']);
    expect((await inbox.wait('resolved', 'compactor-held-up')).text).toMatch(
      /^RESOLVED compactor-held-up after (\d+ m )?\d+ s\. The alert was: Changes are held up by the compactor/,
    );
    await inbox.wait('resolved', 'freshness');
    const raised = inbox.posted.filter(({ status }) => status === 'raised').map(({ kind }) => kind);
    expect(raised.toSorted()).toEqual(['compactor-held-up', 'freshness']);
  },
);

// These wait for clocks of the product more than they work, so they wait together.
test.concurrent('a store that rejects writes is reported as the lake', { timeout: 600_000 }, async ({ skip }) => {
  await using server = await startS3Server();
  if (server === null) return skip(VERSITYGW_MISSING);
  await using door = await openDoor(server.endpoint);
  await using inbox = await openInbox();
  await using database = await createDatabase();
  await items(database);
  const env = environment(inbox, { ...server.environment, AWS_ENDPOINT_URL_S3: door.endpoint, TAILRACE_S3_PATH_STYLE: 'true' });
  await using pipeline = createPipeline({ source: database.url, lake: `s3://${server.bucket}/lake`, env });
  await liveRoles(pipeline);
  await using _load = traffic(database);
  door.refuse('PUT');
  const held = await inbox.wait('raised', 'lake-held-up');
  expect(held.stage).toBe('lake');
  expect(held.text).toMatch(
    /^ALERT lake-held-up: Changes are held up by the lake: it rejects writes: LAKE_\w+: .+ What to do: Check that the store .+ Runbook: docs\/RUNBOOK\.md#lake-held-up$/,
  );
  door.refuse(null);
  await inbox.wait('resolved', 'lake-held-up');
});

test.concurrent('a long transaction and a parked table are reported by name', { timeout: 600_000 }, async () => {
  await using inbox = await openInbox();
  await using database = await createDatabase();
  await items(database);
  await database.query('CREATE TABLE broken (id int PRIMARY KEY); INSERT INTO broken VALUES (1)');
  const env = environment(inbox, { TAILRACE_ALERT_LONG_TRANSACTION: '3s' });
  await using pipeline = createPipeline({ source: database.url, env });
  const { compact } = await liveRoles(pipeline);

  const session = new pg.Client({ connectionString: database.url, application_name: 'report' });
  await session.connect();
  await session.query("BEGIN; INSERT INTO items VALUES (2, 'not yet')");
  const open = await inbox.wait('raised', 'long-transaction');
  expect(open.text).toMatch(
    /^WARNING long-transaction: A transaction of report of user \w+ \(pid \d+\) has been open at the source for \d+(\.\d)? s\. Its changes arrive when it commits, and Postgres keeps WAL from its beginning\. Since .+ What to do: Finish that transaction, or terminate its session\. Runbook/,
  );
  await session.query('COMMIT');
  await session.end();
  await inbox.wait('resolved', 'long-transaction');

  await compact[Symbol.asyncDispose]();
  await database.query('INSERT INTO broken VALUES (2)');
  const [file] = await eventually(() => {
    const found = filesOf(pipeline, 'broken');
    return found.length > 0 ? found : null;
  }, 'the change to be in the lake');
  if (file !== undefined) rmSync(file);
  pipeline.start(['compact', '--sql-port', '0']);
  const parked = await inbox.wait('raised', 'table-parked');
  expect(parked).toMatchObject({ table: 'public.broken', stage: 'parked', severity: 'alert' });
  expect(parked.summary).toMatch(/^public\.broken is parked and no longer follows the source; other tables continue\. LAKE_CORRUPT: /);
  expect((await pipeline.cli(['resync', 'public.broken'])).code).toBe(0);
  await inbox.wait('resolved', 'table-parked');
});

test.concurrent('a source that is down is reported, and so is its return', { timeout: 600_000 }, async () => {
  await using inbox = await openInbox();
  await using server = await startPostgres({ settings: { fsync: 'off' } });
  const database = await createDatabase(server);
  await items(database);
  await using pipeline = createPipeline({ source: database.url, env: environment(inbox) });
  await liveRoles(pipeline);
  await server.stop();
  const gone = await inbox.wait('raised', 'source-held-up');
  expect(gone.text).toMatch(/^ALERT source-held-up: Changes are held up by the source: it does not answer\./);
  await server.start();
  await inbox.wait('resolved', 'source-held-up');
});

/** A source that keeps little WAL for a slot: half of it is the budget. */
const SHORT_OF_WAL = { settings: { fsync: 'off', max_slot_wal_keep_size: '400MB', wal_keep_size: '0' } };

/** Writes WAL that nobody reads, a MiB at a time, until told to stop. */
async function writeWal(database: TestDatabase, enough: () => boolean): Promise<void> {
  for (let n = 0; !enough() && n < 400; n += 1) {
    await database.query("SELECT pg_logical_emit_message(false, 'noise', repeat('x', 1048576))");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test.concurrent(
  'a WAL budget that is used up is reported step by step; the slot stays when the action is alert',
  { timeout: 600_000 },
  async () => {
    await using inbox = await openInbox();
    await using server = await startPostgres(SHORT_OF_WAL);
    const database = await createDatabase(server);
    await items(database);
    await using pipeline = createPipeline({ source: database.url, env: environment(inbox) });
    const { replicate } = await liveRoles(pipeline);
    await replicate[Symbol.asyncDispose]();
    await writeWal(database, () => inbox.posted.some(({ kind, severity }) => kind === 'wal-budget' && severity === 'alert'));
    const told = inbox.posted.filter(({ kind }) => kind === 'wal-budget');
    expect(told.map(({ severity }) => severity)).toEqual(['warn', 'alert']);
    expect(told[0]?.text).toMatch(
      /^WARNING wal-budget: The source keeps [\d.]+ MiB of WAL for tailrace, \d+% of the budget of 200\.0 MiB\. Nothing is dropped: source\.walBudgetAction is alert\. Since .+ Runbook/,
    );
    expect((await inbox.wait('raised', 'replicator-held-up')).summary).toMatch(/no replicator is connected to the slot/);
    pipeline.start(['replicate']);
    await inbox.wait('resolved', 'wal-budget');
    expect(inbox.posted.some(({ kind }) => kind === 'slot-lost')).toBe(false);
  },
);

test.concurrent(
  'with the action release it drops the slot to protect the source; tables stay readable, and resync --all recovers',
  { timeout: 600_000 },
  async () => {
    await using inbox = await openInbox();
    await using server = await startPostgres(SHORT_OF_WAL);
    const database = await createDatabase(server);
    await items(database);
    const env = environment(inbox, { TAILRACE_SOURCE_WAL_BUDGET: '64MiB', TAILRACE_SOURCE_WAL_BUDGET_ACTION: 'release' });
    await using pipeline = createPipeline({ source: database.url, env });
    const run = pipeline.start(['run', '--processes', 'each', '--sql-port', '0', '--http-port', '0']);
    await run.event('live');
    const replicator = run.roles().get('replicate') ?? 0;
    process.kill(replicator, 'SIGSTOP');
    await writeWal(database, () => inbox.posted.some(({ kind }) => kind === 'slot-lost'));
    const lost = await inbox.wait('raised', 'slot-lost');
    expect(lost.summary).toMatch(
      /^tailrace dropped slot tailrace_\w+ to protect the source, because the WAL budget was used up\. Changes since then are missing; tables stay readable as they are\. Run `tailrace resync --all`\.$/,
    );
    expect(inbox.posted.findIndex(({ kind }) => kind === 'wal-budget')).toBeLessThan(
      inbox.posted.findIndex(({ kind }) => kind === 'slot-lost'),
    );
    expect(await database.query('SELECT slot_name FROM pg_replication_slots')).toEqual([]);
    process.kill(replicator, 'SIGCONT');
    const ended = await run.ended();
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringMatching(/(SLOT_LOST|GAP): .*resync --all/)]);
    expect((await pipeline.cli(['sql', 'select count() from public.items', '--format', 'TSV'])).stdout).toBe('1\n');
    expect((await pipeline.cli(['resync', '--all'])).code).toBe(0);
    const again = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
    await again.event('live');
    await inbox.wait('resolved', 'slot-lost');
  },
);

test.concurrent('alert test prints the result of each channel', async () => {
  await using inbox = await openInbox();
  await using pipeline = createPipeline({ source: 'postgres://nobody@127.0.0.1:1/none', env: { TAILRACE_ALERT_COMMAND: 'exit 4' } });
  const none = await pipeline.cli(['alert', 'test'], { TAILRACE_ALERT_COMMAND: '' });
  expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/^BAD_CONFIG: no channel for alerts is configured\./)]);
  const some = await pipeline.cli(['alert', 'test'], { TAILRACE_ALERT_WEBHOOK: inbox.url });
  expect(some.code).toBe(1);
  expect(some.stdout).toMatch(
    /^webhook 127\.0\.0\.1:\d+: delivered\ncommand: NOT delivered: ALERT_NOT_TAKEN: the command exited with 4\. .*\n$/,
  );
  expect(inbox.posted.map(({ text }) => text)).toEqual([
    expect.stringMatching(
      /^WARNING test: This is a test\. Alerts of tailrace arrive here\. Since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\. Runbook: docs\/RUNBOOK\.md#test$/,
    ),
  ]);
});

/** Arrow files of a table's changes. */
function filesOf(pipeline: Pipeline, table: string): string[] {
  const stream = path.join(pipeline.lake, 'stream');
  // A manifest that is being written has another name until it is whole.
  const manifests = readdirSync(stream).filter((name) => !name.startsWith(TEMPORARY_PREFIX));
  return manifests.flatMap((name) => {
    const manifest = JSON.parse(readFileSync(path.join(stream, name), 'utf8')) as { files: { table: string; path: string }[] };
    return manifest.files.filter((entry) => entry.table === `public.${table}`).map((entry) => path.join(pipeline.lake, entry.path));
  });
}
