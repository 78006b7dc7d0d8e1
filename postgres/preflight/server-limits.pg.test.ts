import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { TestDatabase } from '../../test/support/postgres.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { connect } from '../session/connect.ts';
import { openConsistentPoint } from '../slot/consistent-point.ts';
import { createSlot, dropSlot } from '../slot/slot.ts';
import { openStream } from '../stream/stream.ts';

const SLOT = 'limits_test';
const ROWS = 40_000;
/** Longer than any limit of the database. */
const LONG = `interval '1 second'`;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.query(`
    create table item (id int primary key, body text);
    create publication limits_test for table item;
    do $$ declare setting text; begin
      foreach setting in array array['statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout'] loop
        if current_setting(setting, true) is not null then execute format('alter database %I set %s = %L', current_database(), setting, '300ms'); end if;
      end loop;
      execute format('alter database %I set default_transaction_isolation = serializable', current_database());
    end $$`);
});
afterAll(async () => await database[Symbol.asyncDispose]());

/**
 * Resolves when the server's clock has gone on for longer than the database allows a transaction,
 * and a session that the condition fits is still there.
 */
async function untilLong(condition: string): Promise<void> {
  const [begun] = await database.query<{ at: string }>('select clock_timestamp()::text as at');
  await eventually(async () => {
    const [found] = await database.query<{ long: boolean }>(
      `select clock_timestamp() - $1::timestamptz > ${LONG} as long from pg_stat_activity where datname = current_database() and ${condition}`,
      [begun?.at],
    );
    return found?.long === true;
  }, `a long transaction of a session where ${condition}`);
}

test('a transaction that takes longer to send than the database allows is streamed whole', async () => {
  const { consistentPoint: start } = await createSlot({ url: database.url }, SLOT);
  const stop = new AbortController();
  let rows = 0;
  let paused = false;
  {
    await using stream = await openStream({
      source: { url: database.url },
      slot: SLOT,
      publications: [SLOT],
      start,
      log: silentLogger(),
      signal: stop.signal,
    });
    const reading = stream.read({
      data(buf, at) {
        if (buf[at] === 'I'.charCodeAt(0)) rows += 1;
        if (buf[at] === 'C'.charCodeAt(0)) stop.abort();
        if (!paused) stream.pause();
        paused = true;
      },
      keepalive: () => undefined,
      drained: () => undefined,
    });
    await database.query(`set statement_timeout = 0; insert into item select g, repeat('x', 1000) from generate_series(1, ${ROWS}) g`);
    await untilLong(`backend_type = 'walsender' and wait_event = 'WalSenderWriteData'`);
    stream.resume();
    await reading;
  }
  expect(rows).toBe(ROWS);
  await using connection = await connect({ url: database.url });
  await dropSlot(connection, SLOT);
});

test('a snapshot is kept for longer than the database allows a transaction to last', async () => {
  await using point = await openConsistentPoint({ url: database.url });
  await untilLong(`backend_type = 'walsender' and state = 'idle in transaction'`);
  await using connection = await connect({ url: database.url });
  await connection.query('begin isolation level repeatable read read only');
  await connection.query(`set transaction snapshot '${point.snapshot}'`);
  await untilLong(`state = 'idle in transaction' and backend_type = 'client backend'`);
  expect(await connection.query('select 1 as one')).toEqual([{ one: 1 }]);
});

test.for(['sql', 'walsender'] as const)('no limit of the server is one of a %s session', async (role) => {
  await using connection = await connect({ url: database.url }, { role });
  const limits = await connection.query<{ name: string; value: string }>(
    `select v.name, current_setting(v.name, true) as value from (values ('statement_timeout'), ('idle_in_transaction_session_timeout'),
       ('transaction_timeout'), ('idle_session_timeout'), ('default_transaction_isolation')) v(name)`,
  );
  expect(limits.map(({ value }) => value ?? '0')).toEqual(['0', '0', '0', '0', 'read committed']);
});
