import pg from 'pg';
import { LogicalReplicationService, PgoutputPlugin } from 'pg-logical-replication';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lsn } from '../../core/lsn.ts';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import { silentLogger } from '../../core/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { TestDatabase } from '../../test/support/postgres.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { connect } from '../session/connect.ts';
import { PgoutputDecoder } from '../pgoutput/decoder.ts';
import type { PgoutputHandler } from '../pgoutput/handler.ts';
import { createSlot, readSlot } from '../slot/slot.ts';
import { openStream } from './stream.ts';

const PUBLICATION = 'ack';
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  await database.query('create table t (id int primary key)');
  await database.query(`create publication ${PUBLICATION} for table t`);
});
afterAll(async () => await database[Symbol.asyncDispose]());

interface Commit {
  readonly ids: number[];
  readonly commitLsn: Lsn;
  readonly endLsn: Lsn;
}

/** Collects committed transactions by the ids they inserted. */
class Commits implements PgoutputHandler {
  readonly all: Commit[] = [];
  #ids: number[] = [];

  begin(): void {
    this.#ids = [];
  }
  commit(commitLsn: Lsn, endLsn: Lsn): void {
    if (this.#ids.length > 0) this.all.push({ ids: this.#ids, commitLsn, endLsn });
  }
  insert(_relId: number, tuple: { start: Int32Array; end: Int32Array }, buf: Buffer): void {
    this.#ids.push(Number(buf.toString('latin1', tuple.start[0], tuple.end[0])));
  }
  relation(): void {}
  type(): void {}
  origin(): void {}
  update(): void {}
  delete(): void {}
  truncate(): void {}
  message(): void {}
}

/** What the slot would send, without moving it. */
async function peek(slot: string): Promise<Commit[]> {
  const rows = await database.query<{ data: Buffer }>(
    `select data from pg_logical_slot_peek_binary_changes($1, null, null, 'proto_version', '1', 'publication_names', '${PUBLICATION}')`,
    [slot],
  );
  const commits = new Commits();
  const decoder = new PgoutputDecoder(commits);
  for (const { data } of rows) decoder.decode(data, 0, data.length);
  return commits.all;
}

let nextId = 1;

/**
 * Two transactions, open at the same time, the second one's commit record directly behind the first
 * one's.
 */
async function adjacentPair(slot: string): Promise<[Commit, Commit]> {
  const sessions = [new pg.Client(database.url), new pg.Client(database.url)];
  try {
    for (const session of sessions) await session.connect();
    return await eventually(async () => {
      for (const session of sessions) {
        await session.query('begin');
        await session.query('insert into t values ($1)', [nextId]);
        nextId += 1;
      }
      for (const session of sessions) await session.query('commit');
      const [first, second] = (await peek(slot)).slice(-2);
      return first !== undefined && second !== undefined && first.endLsn === second.commitLsn ? [first, second] : null;
    }, 'two adjacent commit records');
  } finally {
    for (const session of sessions) await session.end();
  }
}

/** Streams from the slot with ours until the given id has come; returns every id that did. */
async function idsUntil(slot: string, start: Lsn, last: number): Promise<number[]> {
  const source = { url: database.url };
  await eventually(async () => {
    await using connection = await connect(source);
    return (await readSlot(connection, slot))?.active === false;
  }, 'the slot to be free');
  const stop = new AbortController();
  await using stream = await openStream({ source, slot, publications: [PUBLICATION], start, log: silentLogger(), signal: stop.signal });
  const commits = new Commits();
  const decoder = new PgoutputDecoder(commits);
  const seen = (): number[] => commits.all.flatMap((commit) => commit.ids);
  await stream.read({
    data: (buf, from, to) => decoder.decode(buf, from, to),
    keepalive: () => undefined,
    drained: () => {
      if (seen().includes(last)) stop.abort();
    },
  });
  return seen();
}

async function insertOne(): Promise<number> {
  const id = nextId;
  nextId += 1;
  await database.query('insert into t values ($1)', [id]);
  return id;
}

async function confirmed(slot: string): Promise<Lsn> {
  await using connection = await connect({ url: database.url });
  return (await readSlot(connection, slot))?.confirmedFlush ?? 0n;
}

test("the package's own acknowledgement of a commit loses the transaction whose commit record follows directly", async () => {
  const { consistentPoint } = await createSlot({ url: database.url }, 'package_ack');
  const [first, second] = await adjacentPair('package_ack');

  const service = new LogicalReplicationService({ connectionString: database.url }, { acknowledge: { auto: false, timeoutSeconds: 0 } });
  service.on('error', () => undefined);
  // For a Commit message this LSN is the end of the transaction, what an honest consumer would
  // acknowledge.
  service.on('data', (lsn, message: { tag: string }) => {
    if (message.tag === 'commit' && parseLsn(lsn) === first.endLsn) void service.acknowledge(lsn);
  });
  const plugin = new PgoutputPlugin({ protoVersion: 1, publicationNames: [PUBLICATION] });
  void service.subscribe(plugin, 'package_ack', formatLsn(consistentPoint)).catch(() => undefined);
  await eventually(async () => (await confirmed('package_ack')) === first.endLsn + 1n, 'the slot one byte too far');
  await service.destroy();

  const last = await insertOne();
  expect(await idsUntil('package_ack', 0n, last)).toEqual([last]);
  expect((await database.query('select from t where id = $1', [second.ids[0]])).length).toBe(1);
});

test('our acknowledgement does not lose that transaction', async () => {
  const { consistentPoint } = await createSlot({ url: database.url }, 'our_ack');
  const [first, second] = await adjacentPair('our_ack');

  const source = { url: database.url };
  const stream = await openStream({
    source,
    slot: 'our_ack',
    publications: [PUBLICATION],
    start: consistentPoint,
    log: silentLogger(),
    signal: new AbortController().signal,
  });
  const commits = new Commits();
  const decoder = new PgoutputDecoder(commits);
  const reading = stream.read({
    data: (buf, from, to) => {
      decoder.decode(buf, from, to);
      if (commits.all.at(-1)?.endLsn === first.endLsn) stream.acknowledge(first.endLsn);
    },
    keepalive: () => undefined,
    drained: () => undefined,
  });
  await eventually(async () => (await confirmed('our_ack')) === first.endLsn, 'the slot at exactly the end of the first transaction');
  await stream.close();
  await reading;

  const last = await insertOne();
  expect(await idsUntil('our_ack', 0n, last)).toEqual([...second.ids, last]);
});
