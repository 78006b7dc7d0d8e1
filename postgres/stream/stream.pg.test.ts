import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import type { Lsn } from '../../core/lsn.ts';
import { formatLsn } from '../../core/lsn.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { TestDatabase } from '../../test/support/postgres.ts';
import { createDatabase, startPostgres } from '../../test/support/postgres.ts';
import { startProxy } from '../../test/support/servers/tcp-proxy.ts';
import { connect } from '../session/connect.ts';
import { PgoutputDecoder } from '../pgoutput/decoder.ts';
import type { PgoutputHandler } from '../pgoutput/handler.ts';
import { TUPLE_TEXT } from '../pgoutput/tuple.ts';
import type { TupleRange } from '../pgoutput/tuple.ts';
import { createSlot, dropSlot, readSlot } from '../slot/slot.ts';
import type { ReplicationStream, StreamSink } from './stream.ts';
import { openStream } from './stream.ts';

let database: TestDatabase;
const SLOT = 'stream_test';

beforeAll(async () => {
  database = await createDatabase();
  await database.query(`create table item (id int primary key, name text, wide text); alter table item alter wide set storage external`);
  await database.query(`create publication stream_test for table item`);
});
afterAll(async () => await database[Symbol.asyncDispose]());

/** What came, as short texts, and the last end LSN. */
class Seen implements PgoutputHandler, StreamSink {
  readonly events: string[] = [];
  endLsn: Lsn = 0n;
  keepalives = 0;
  drains = 0;
  readonly #decoder = new PgoutputDecoder(this);

  data(buf: Buffer, start: number, end: number): void {
    this.#decoder.decode(buf, start, end);
  }
  keepalive(): void {
    this.keepalives += 1;
  }
  drained(): void {
    this.drains += 1;
  }
  begin(): void {
    this.events.push('begin');
  }
  commit(_commitLsn: Lsn, endLsn: Lsn): void {
    this.endLsn = endLsn;
    this.events.push('commit');
  }
  relation(relation: { name: string }): void {
    this.events.push(`relation ${relation.name}`);
  }
  type(): void {}
  origin(): void {}
  insert(_relId: number, tuple: TupleRange, buf: Buffer): void {
    this.events.push(`insert ${row(tuple, buf)}`);
  }
  update(_relId: number, oldTuple: TupleRange | null, newTuple: TupleRange, buf: Buffer): void {
    const before = oldTuple === null ? '' : `${String.fromCharCode(oldTuple.image)} ${row(oldTuple, buf)} → `;
    this.events.push(`update ${before}${row(newTuple, buf)}`);
  }
  delete(_relId: number, oldTuple: TupleRange, buf: Buffer): void {
    this.events.push(`delete ${String.fromCharCode(oldTuple.image)} ${row(oldTuple, buf)}`);
  }
  truncate(relIds: readonly number[]): void {
    this.events.push(`truncate ${relIds.length}`);
  }
  message(message: { prefix: string; content: Buffer }): void {
    this.events.push(`message ${message.prefix} ${message.content.toString()}`);
  }
}

function row(tuple: TupleRange, buf: Buffer): string {
  const values: string[] = [];
  for (let i = 0; i < tuple.count; i += 1) {
    const text = buf.toString('utf8', tuple.start[i], tuple.end[i]);
    values.push(
      tuple.kind[i] === TUPLE_TEXT ? (text.length > 20 ? `${text.length} bytes` : text) : String.fromCharCode(tuple.kind[i] ?? 0),
    );
  }
  return values.join(',');
}

interface Session extends AsyncDisposable {
  readonly stream: ReplicationStream;
  readonly seen: Seen;
  readonly done: Promise<void>;
}

async function startSession(start: Lsn, slot = SLOT): Promise<Session> {
  const stream = await openStream({
    source: { url: database.url },
    slot,
    publications: ['stream_test'],
    start,
    log: silentLogger(),
    signal: new AbortController().signal,
  });
  const seen = new Seen();
  const done = stream.read(seen);
  done.catch(() => undefined);
  return { stream, seen, done, [Symbol.asyncDispose]: async () => await stream.close() };
}

/** A slot of the test's own and its consistent point. */
async function withSlot(name: string): Promise<{ start: Lsn } & AsyncDisposable> {
  const { consistentPoint } = await createSlot({ url: database.url }, name);
  return {
    start: consistentPoint,
    [Symbol.asyncDispose]: async () => {
      await using connection = await connect({ url: database.url });
      await eventually(async () => (await readSlot(connection, name))?.active !== true, 'the slot to be free');
      await dropSlot(connection, name);
    },
  };
}

test('every kind of change arrives in order, and only what is acknowledged moves the slot', async () => {
  await using slot = await withSlot(SLOT);
  await using session = await startSession(slot.start);
  await database.query(`insert into item values (1, 'a', repeat('x', 100000)), (2, null, '')`);
  await database.query(`update item set name = 'b' where id = 1`);
  await database.query(`update item set id = 3 where id = 1`);
  await database.query(`delete from item where id = 2`);
  await database.query(`truncate item`);
  await database.query(`select pg_logical_emit_message(true, 'note', 'hello')`);
  await eventually(() => session.seen.events.filter((event) => event === 'commit').length === 6, 'six commits');
  // A Relation message comes before the first row, and again whenever the server has thrown its
  // caches away.
  const [first, ...others] = session.seen.events.filter((event) => event !== 'begin' && event !== 'commit');
  expect(first).toBe('relation item');
  expect(others.filter((event) => event !== first)).toEqual([
    'insert 1,a,100000 bytes',
    'insert 2,n,',
    'update 1,b,u',
    'update K 1,n,n → 3,b,u',
    'delete K 2,n,n',
    'truncate 1',
    'message note hello',
  ]);
  await using connection = await connect({ url: database.url });
  expect((await readSlot(connection, SLOT))?.confirmedFlush).toBe(slot.start);
  session.stream.acknowledge(session.seen.endLsn);
  await eventually(async () => (await readSlot(connection, SLOT))?.confirmedFlush === session.seen.endLsn, 'the slot at exactly the LSN');
  session.stream.acknowledge(slot.start);
  expect(() => session.stream.acknowledge(session.seen.endLsn + 0x1000_0000n)).toThrow(/never received/);
  await session.stream.close();
  await expect(session.done).resolves.toBeUndefined();
  expect(formatLsn((await readSlot(connection, SLOT))?.confirmedFlush ?? 0n)).toBe(formatLsn(session.seen.endLsn));
});

test('a paused stream shows nothing and goes on where it was', async () => {
  await using slot = await withSlot('paused');
  await using session = await startSession(slot.start, 'paused');
  session.stream.pause();
  await database.query(`insert into item select g, 'n' || g, null from generate_series(1000, 5999) g`);
  await using connection = await connect({ url: database.url });
  const replies = async (): Promise<string> =>
    JSON.stringify(
      await connection.query(
        `select reply_time from pg_stat_replication join pg_stat_activity using (pid) where datname = current_database()`,
      ),
    );
  const before = await replies();
  await eventually(async () => (await replies()) !== before, 'a status update while paused');
  const shown = session.seen.events.length;
  expect(shown).toBeLessThan(5000);
  session.stream.resume();
  await eventually(() => session.seen.events.at(-1) === 'commit', 'the commit');
  expect(session.seen.events.filter((event) => event.startsWith('insert'))).toHaveLength(5000);
});

test('values larger than a read arrive whole', async () => {
  await using slot = await withSlot('large');
  await using session = await startSession(slot.start, 'large');
  await database.query(`insert into item select g, null, repeat('y', 3000000 + g) from generate_series(11, 13) g`);
  await eventually(() => session.seen.events.at(-1) === 'commit', 'the commit');
  expect(session.seen.events.filter((event) => event.startsWith('insert'))).toEqual([
    'insert 11,n,3000011 bytes',
    'insert 12,n,3000012 bytes',
    'insert 13,n,3000013 bytes',
  ]);
});

test('a slot that someone else reads is SLOT_IN_USE', async () => {
  await using slot = await withSlot('busy');
  await using _session = await startSession(slot.start, 'busy');
  await expect(startSession(slot.start, 'busy')).rejects.toMatchObject({ code: 'SLOT_IN_USE' });
});

test('a slot that is not there is SLOT_LOST', async () => {
  await expect(startSession(0n, 'nowhere')).rejects.toMatchObject({ code: 'SLOT_LOST' });
});

test('an ended walsender is SOURCE_UNREACHABLE: the next session goes on', async () => {
  await using slot = await withSlot('ended');
  const session = await startSession(slot.start, 'ended');
  await database.query(`select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where slot_name = 'ended'`);
  await expect(session.done).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  await using again = await startSession(slot.start, 'ended');
  await database.query(`select pg_logical_emit_message(true, 'note', 'again')`);
  await eventually(() => again.seen.events.includes('message note again'), 'the message');
});

test('a dropped publication ends the stream by name', async () => {
  await database.query(`create publication gone for table item`);
  await using slot = await withSlot('pub');
  const stream = await openStream({
    source: { url: database.url },
    slot: 'pub',
    publications: ['stream_test', 'gone'],
    start: slot.start,
    log: silentLogger(),
    signal: new AbortController().signal,
  });
  const done = stream.read(new Seen());
  done.catch(() => undefined);
  await database.query(`drop publication gone`);
  await database.query(`insert into item values (77, 'after', null)`);
  await expect(done).rejects.toMatchObject({ code: 'PUBLICATION_LOST' });
});

test('a server that went silent without closing the connection is SOURCE_UNREACHABLE', async () => {
  await using slot = await withSlot('silent');
  await using proxy = await startProxy(Number(new URL(database.url).port));
  const url = new URL(database.url);
  url.port = String(proxy.port);
  const stream = await openStream({
    source: { url: url.href, connectTimeoutMs: 500 },
    slot: 'silent',
    publications: ['stream_test'],
    start: slot.start,
    log: silentLogger(),
    signal: new AbortController().signal,
    silenceMs: 500,
  });
  const done = stream.read(new Seen());
  proxy.freeze();
  await expect(done).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
});

test('a server with a reader that acknowledges keepalives shuts down fast', async () => {
  await using server = await startPostgres();
  const source = { url: server.url };
  const { consistentPoint } = await createSlot(source, 'shutdown');
  await using connection = await connect(source);
  await connection.query('create publication nothing');
  const stream = await openStream({
    source,
    slot: 'shutdown',
    publications: ['nothing'],
    start: consistentPoint,
    log: silentLogger(),
    signal: new AbortController().signal,
  });
  const done = stream.read({ data: () => undefined, drained: () => undefined, keepalive: (walEnd) => stream.acknowledge(walEnd) });
  await connection.query('create table public.unpublished as select generate_series(1, 1000) as n');
  await Promise.all([expect(done).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' }), server.stop('fast')]);
});

test('an error of the sink ends the stream with that error', async () => {
  await using slot = await withSlot('sink');
  const session = await startSession(slot.start, 'sink');
  session.seen.insert = () => {
    throw new RangeError('cannot');
  };
  await database.query(`insert into item values (88, 'x', null)`);
  await expect(session.done).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('an aborted signal ends the stream quietly', async () => {
  await using slot = await withSlot('aborted');
  const stop = new AbortController();
  const stream = await openStream({
    source: { url: database.url },
    slot: 'aborted',
    publications: ['stream_test'],
    start: slot.start,
    log: silentLogger(),
    signal: stop.signal,
  });
  const done = stream.read(new Seen());
  stop.abort();
  await expect(done).resolves.toBeUndefined();
  await stream.close();
});
