import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { TestDatabase } from '../../test/support/postgres.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { connect } from '../session/connect.ts';
import { holdSnapshot, importSnapshot, openConsistentPoint } from './consistent-point.ts';
import { PgoutputDecoder } from '../pgoutput/decoder.ts';
import { createSlot } from './slot.ts';
import { openStream } from '../stream/stream.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  await database.query('create table t (id bigint primary key)');
  await database.query('create publication point for table t');
});
afterAll(async () => await database[Symbol.asyncDispose]());

test('a snapshot has exactly the transactions whose commit record is below its consistent point, under load', async () => {
  const source = { url: database.url };
  const { consistentPoint } = await createSlot(source, 'point_main');
  const stop = new AbortController();
  const writers = Promise.all([0, 1, 2, 3].map(async (writer) => await write(writer, stop.signal)));
  const found: { lsn: bigint; ids: Set<string> }[] = [];
  for (let round = 0; round < 3; round += 1) {
    await using holder = await holdSnapshot(source);
    await using copier = await connect(source);
    await importSnapshot(copier, holder.snapshotName);
    const rows = await copier.query<{ id: string }>('select id from public.t');
    found.push({ lsn: holder.lsn, ids: new Set(rows.map((row) => row.id)) });
  }
  stop.abort();
  await writers;

  const commitLsnById = await streamAll(consistentPoint);
  for (const { lsn, ids } of found) {
    const below = new Set([...commitLsnById].filter(([, commitLsn]) => commitLsn < lsn).map(([id]) => id));
    expect(ids).toEqual(below);
  }
});

test('the temporary slot is gone while the holder keeps its snapshot', async () => {
  await using holder = await holdSnapshot({ url: database.url });
  await eventually(
    async () => (await database.query(`select from pg_replication_slots where temporary and database = current_database()`)).length === 0,
    'the temporary slot to go',
  );
  await using copier = await connect({ url: database.url });
  await importSnapshot(copier, holder.snapshotName);
  expect(holder.lost.aborted).toBe(false);
  await holder.close();
  expect(holder.lost.aborted).toBe(true);
});

test('an open transaction that blocks a consistent point is named', async () => {
  const client = new pg.Client({ connectionString: database.url, application_name: 'long report' });
  await client.connect();
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
  const point = openConsistentPoint({ url: database.url }, { lockTimeoutMs: 300 });
  await expect(point).rejects.toThrow(/^SLOT_BLOCKED: .*\(long report, user postgres/);
  await client.end();
});

let next = 0;

async function write(writer: number, signal: AbortSignal): Promise<void> {
  const client = new pg.Client(database.url);
  await client.connect();
  while (!signal.aborted) {
    next += 1;
    await client.query('insert into t values ($1)', [next * 10 + writer]);
  }
  await client.end();
}

/** Every inserted id with the LSN of its commit record. */
async function streamAll(start: bigint): Promise<Map<string, bigint>> {
  const [last] = await database.query<{ count: number }>('select count(*)::int as count from t');
  const stop = new AbortController();
  await using stream = await openStream({
    source: { url: database.url },
    slot: 'point_main',
    publications: ['point'],
    start,
    log: silentLogger(),
    signal: stop.signal,
  });
  const commitLsnById = new Map<string, bigint>();
  let commitLsn = 0n;
  const decoder = new PgoutputDecoder({
    begin: (lsn) => {
      commitLsn = lsn;
    },
    commit: () => undefined,
    relation: () => undefined,
    type: () => undefined,
    origin: () => undefined,
    insert: (_relId, tuple, buf) => commitLsnById.set(buf.toString('latin1', tuple.start[0], tuple.end[0]), commitLsn),
    update: () => undefined,
    delete: () => undefined,
    truncate: () => undefined,
    message: () => undefined,
  });
  await stream.read({
    data: (buf, from, to) => decoder.decode(buf, from, to),
    keepalive: () => undefined,
    drained: () => {
      if (commitLsnById.size >= (last?.count ?? 0)) stop.abort();
    },
  });
  return commitLsnById;
}
