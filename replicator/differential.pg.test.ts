import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLsn } from '../core/lsn.ts';
import { startEagerServer } from '../test/support/servers/eager-server.ts';
import { eventually } from '../test/support/eventually.ts';
import type { TestDatabase } from '../test/support/postgres.ts';
import { startReplication } from '../test/support/replication.ts';
import type { Replication } from '../test/support/replication.ts';
import { applyFile } from '../test/support/pgoutput/stream-state.ts';
import type { StateShape, TableState } from '../test/support/pgoutput/stream-state.ts';

const SCHEMA = `
  create table keyed (id int primary key, note text, body text);
  create table wide (a text, b int, body text, primary key (b, a)); alter table wide replica identity full;
  create table loose (a text, body text); alter table loose replica identity full;
  create table log (line text);
  create table by_index (id int primary key, code text not null, body text); create unique index by_code on by_index (code); alter table by_index replica identity using index by_code;
  create table parts (id int primary key, body text) partition by range (id); create table parts_1 partition of parts for values from (0) to (4); create table parts_2 partition of parts default;
  alter table keyed alter body set storage external; alter table wide alter body set storage external; alter table loose alter body set storage external;
  alter table by_index alter body set storage external; alter table by_index alter code set storage external; alter table parts alter body set storage external;`;

const SHAPES: Record<string, StateShape> = {
  keyed: { columns: ['id', 'note', 'body'], key: ['id'] },
  wide: { columns: ['a', 'b', 'body'], key: ['b', 'a'] },
  loose: { columns: ['a', 'body'], key: null },
  log: { columns: ['line'], key: null },
  by_index: { columns: ['id', 'code', 'body'], key: ['code'] },
  parts: { columns: ['id', 'body'], key: ['id'] },
};

const number = fc.integer({ min: 0, max: 7 });
/**
 * Long enough to be stored out of line, so that an update that leaves it alone does not send it.
 */
const body = fc.oneof(
  fc.constant('null'),
  fc.integer({ min: 0, max: 9 }).map((digit) => `repeat('${digit}', 3000)`),
  fc.constant(`'short'`),
);
const wideKey = (n: number): string => `repeat('${n}', ${n % 2 === 0 ? 1 : 2500})`;

const statement = fc.oneof(
  fc
    .tuple(number, body)
    .map(([n, text]) => `insert into keyed values (${n}, 'n${n}', ${text}) on conflict (id) do update set body = excluded.body`),
  fc.tuple(number, number).map(([n, m]) => `update keyed set note = 'u${m}' where id = ${n}`),
  fc.tuple(number, number).map(([n, m]) => `update keyed set id = ${m} where id = ${n} and not exists (select from keyed where id = ${m})`),
  fc.constant('update keyed set id = id + 100 where id < 100 and not exists (select from keyed where id >= 100)'),
  fc.constant('update keyed set id = id - 100 where id >= 100'),
  number.map((n) => `delete from keyed where id = ${n}`),
  fc.tuple(number, body).map(([n, text]) => `insert into wide values ('a${n}', ${n}, ${text}) on conflict do nothing`),
  fc.tuple(number, number).map(([n, m]) => `update wide set a = 'b${m}' where b = ${n}`),
  number.map((n) => `update wide set body = null where b = ${n}`),
  fc.tuple(number, body).map(([n, text]) => `insert into loose values ('a${n}', ${text}), ('a${n}', ${text})`),
  fc.tuple(number, number).map(([n, m]) => `update loose set a = 'a${m}' where ctid in (select ctid from loose where a = 'a${n}' limit 1)`),
  number.map((n) => `delete from loose where ctid in (select ctid from loose where a = 'a${n}' limit 1)`),
  number.map((n) => `insert into log values ('line ${n}')`),
  fc.tuple(number, body).map(([n, text]) => `insert into by_index values (${n}, ${wideKey(n)}, ${text}) on conflict do nothing`),
  fc
    .tuple(number, number)
    .map(
      ([n, m]) =>
        `update by_index set code = ${wideKey(m)} where id = ${n} and not exists (select from by_index where code = ${wideKey(m)})`,
    ),
  number.map((n) => `update by_index set id = id + 1000 where id = ${n}`),
  fc.tuple(number, body).map(([n, text]) => `insert into parts values (${n}, ${text}) on conflict (id) do update set body = excluded.body`),
  fc.tuple(number, number).map(([n, m]) => `update parts set id = ${m} where id = ${n} and not exists (select from parts where id = ${m})`),
  fc.constantFrom('truncate keyed, log', 'truncate loose', 'truncate parts', 'savepoint s', 'rollback to savepoint s'),
);
const transaction = fc.record({ statements: fc.array(statement, { minLength: 1, maxLength: 8 }), commits: fc.boolean() });

test.each([
  ['at their commit', false],
  ['while they run', true],
])('any transactions, read %s, give the rows that the source has', { timeout: 600_000 }, async (_when, inProgress) => {
  await using server = inProgress ? await startEagerServer() : null;
  await using replication = await startReplication({ schema: SCHEMA, inProgress, ...(server === null ? {} : { server }) });
  const { source, lake } = replication;
  await lake.event('published', 'public.wide');
  // Before the random ones, which need not have a part that was rolled back, and after which
  // transactions may come whole.
  const partly = `insert into log values ('kept'); savepoint s; insert into log values ('rolled back'); rollback to savepoint s; insert into log values ('last')`;
  await source.query(`begin; ${Array.from({ length: 2000 }, () => partly).join('; ')}; commit`);
  await caughtUp(replication);
  const lines = (await lake.rows('public.log', 4000)).map(({ line }) => line);
  expect(lines.filter((line) => line === 'kept' || line === 'last')).toHaveLength(4000);
  expect(lines).not.toContain('rolled back');
  const streamed = (await lake.manifests()).flatMap(({ files }) => files).filter(({ topXid }) => topXid !== undefined);
  expect(streamed.length > 0).toBe(inProgress);
  expect(streamed.some(({ abortedXids = [] }) => abortedXids.length > 0)).toBe(inProgress);
  await fc.assert(
    fc.asyncProperty(fc.array(transaction, { minLength: 5, maxLength: 15 }), async (transactions) => {
      for (const { statements, commits } of transactions) {
        await source.query('begin');
        await source.query('savepoint s');
        for (const sql of statements) await attempt(source, sql);
        await source.query(commits ? 'commit' : 'rollback');
      }
      await caughtUp(replication);
      for (const [table, shape] of Object.entries(SHAPES)) {
        const state: TableState = new Map();
        for (const rows of await lake.files(`public.${table}`)) applyFile(state, rows, shape);
        const columns = shape.columns.map((column) => `${column}::text`).join(', ');
        const expected = await source.query(`select ${columns} from ${table}`);
        expect([...state.values()].map(canonical).toSorted(), table).toEqual(expected.map(canonical).toSorted());
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

/** Resolves when the lake has all that the source has done. */
async function caughtUp({ source, lake }: Replication): Promise<void> {
  const [now] = await source.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
  // Other databases of the server write WAL too; beyond it, only a commit of this one is soon read.
  await source.query("select pg_logical_emit_message(true, 'test', '')");
  await eventually(async () => parseLsn((await lake.last()).to) >= parseLsn(now?.lsn ?? '0/0'), 'the lake to have all of it');
}

/** Runs a statement of a transaction; one that a constraint refuses leaves nothing. */
async function attempt(source: TestDatabase, sql: string): Promise<void> {
  if (sql.includes('savepoint')) return void (await source.query(sql));
  await source.query('savepoint attempt');
  const refused = await source.query(sql).then(
    () => false,
    (error: unknown) => error instanceof Error && 'code' in error && error.code === '23505',
  );
  await source.query(refused ? 'rollback to savepoint attempt' : 'release savepoint attempt');
}

/** Long values by their beginning and length, so that a difference can be read. */
function canonical(row: object): string {
  return JSON.stringify(row, (_key, value: unknown) =>
    typeof value === 'string' && value.length > 20 ? `${value.slice(0, 3)}…${value.length}` : value,
  );
}
