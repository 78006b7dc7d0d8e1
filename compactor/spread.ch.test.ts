import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import type { Change, Row } from '../test/support/change-file.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { scratch } from '../test/support/scratch.ts';
import { play, scenario } from '../test/support/warehouse/replayed-table.ts';
import { shardDatabases } from '../test/support/warehouse/shard-databases.ts';
import type { Edit } from '../test/support/warehouse/shard-databases.ts';
import { turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { EmbeddedEngine } from '../warehouse/embedded-engine.ts';

/** Random windows that a night plays on 2 to 4 shards together. */
const WINDOWS = Number(process.env['SHARD_WINDOWS'] ?? 0);
/** Random tables that are played between two looks at the windows. */
const TABLES = 3;

const AS_IT_IS: Edit = (statement) => statement;

const folder = await scratch('shards');
let edit = AS_IT_IS;
const [inner, bench] = await shards(3, (...what) => edit(...what));

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Shards in an engine of their own, and a bench over them. */
async function shards(count: number, edits: Edit = AS_IT_IS): Promise<[EmbeddedEngine, WarehouseBench]> {
  const engine = await EmbeddedEngine.open({ directory: `${folder.path}/${count}`, log: silentLogger() });
  return [engine, await warehouseBench({ engine: shardDatabases(engine, count, folder.path, edits) })];
}

/** Plays a few random tables, and more until this many windows were applied; returns how many. */
async function playWindows(engine: EmbeddedEngine, over: WarehouseBench, windows: number): Promise<number> {
  let applied = 0;
  do {
    await fc.assert(
      fc.asyncProperty(scenario, (one) => play(over, one)),
      { numRuns: TABLES, endOnFailure: true },
    );
    const [row] = await engine.query<{ windows: string }>('SELECT count() AS windows FROM tailrace.windows');
    applied = Number(row?.windows);
  } while (applied < windows);
  return applied;
}

test('three shards have the rows of the source after any changes, interruptions and repetitions', async () => {
  expect(await playWindows(inner, bench, WINDOWS / 3)).toBeGreaterThanOrEqual(WINDOWS / 3);
}, 3_600_000);

for (const count of WINDOWS === 0 ? [] : [2, 4])
  test(`so have ${count} shards`, async () => {
    const [engine, other] = await shards(count);
    await using _other = other;
    expect(await playWindows(engine, other, WINDOWS / 3)).toBeGreaterThanOrEqual(WINDOWS / 3);
  }, 3_600_000);

/** Each of three shards has some of these keys, before and after the change. */
const KEYS = Array.from({ length: 12 }, (_, index) => String.fromCharCode(97 + index));
const MERGE = /^INSERT INTO tailrace\.`t[\s\S]*FROM tailrace\.`staging_/;

let oid = 7000;

/**
 * A table in which each key changes without its body, and one row is new, by a step whose merge is
 * broken off when two of three shards have it. Returns its rows and its state after that.
 */
async function rekeyed(): Promise<{ rows: Row[]; state: string | undefined; brokenOff: boolean }> {
  oid += 1;
  const columns = { id: { kind: 'text' }, body: { kind: 'text' } } as const;
  const schema = tableSchema({ oid, name: `r${oid}`, columns, key: ['id'] });
  const lsn = BigInt(oid * 1000);
  const { lake } = bench;
  await lake.copy(schema, { generation: 1, lsn }, [KEYS.map((id) => ({ id, body: `of ${id}` }))]);
  await lake.batch([], { to: lsn + 1n });
  await bench.settle();
  const changes = KEYS.flatMap((id, index): Change[] => [
    { op: 'D', lsn: lsn + 10n, ordinal: 2 * index + 1, row: { id, body: null }, keyChange: true },
    { op: 'U', lsn: lsn + 10n, ordinal: 2 * index + 2, row: { id: `${id}${id}`, body: undefined } },
  ]);
  const added: Change = { op: 'I', lsn: lsn + 10n, ordinal: 99, row: { id: 'new', body: 'of new' } };
  await lake.batch([await lake.file(schema, [...changes, added])], { to: lsn + 20n });
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  const brokenOff = await engine.breakOff({ after: 1, ran: true, of: MERGE }, () => turnUntilIdle(compactor));
  const { tables } = await bench.settle();
  const state = tables.find(({ table }) => table === `public.r${oid}`)?.state;
  return { rows: await bench.rows(`SELECT id, body FROM public.r${oid} ORDER BY id`), state, brokenOff };
}

const REKEYED: readonly Row[] = [...KEYS.map((id) => ({ id: `${id}${id}`, body: `of ${id}` })), { id: 'new', body: 'of new' }].toSorted(
  (a, b) => (a.id < b.id ? -1 : 1),
);

test('keys that move to other shards keep the values that were not sent', async () => {
  expect(await rekeyed()).toEqual({ rows: REKEYED, state: 'live', brokenOff: true });
  const counts = await Promise.all(
    ['tailrace', 'tailrace_on1', 'tailrace_on2'].map(async (database) => {
      const [found] = await inner.query<{ rows: string }>(`SELECT count() AS rows FROM ${database}.t${oid}_1_g1 FINAL`);
      return Number(found?.rows);
    }),
  );
  expect(counts).not.toContain(0);
  expect(counts.reduce((total, count) => total + count, 0)).toBe(REKEYED.length);
}, 120_000);

/** A product that leaves one thing out. */
const MUTANTS: readonly (readonly [name: string, edit: Edit])[] = [
  ['takes every row on every shard', (sql) => sql.replaceAll(/ AND cityHash64\(r\.[^)]*\) % 3 = \d/g, '')],
  ['resolves a row where its new key is', (sql) => sql.replaceAll('cityHash64(s._tr_base.1)', 'cityHash64(s.c1)')],
  ['hands nothing over', (sql) => (/^INSERT INTO tailrace\.`staging_\S+ SELECT \* FROM file/.test(sql) ? null : sql)],
  ['merges what it has handed over', (sql) => (MERGE.test(sql) ? sql.replace(/\nWHERE cityHash64\(c1\)[^\n]*/, '') : sql)],
  ['forgets what it has resolved', (sql) => sql.replaceAll(/"staged":\{[^}]*\}/g, '"staged":""')],
];

test.each(MUTANTS)(
  'a product that %s is found out',
  async (_name, mutant) => {
    edit = mutant;
    const { rows, state } = await rekeyed().finally(() => (edit = AS_IT_IS));
    expect({ rows, state }).not.toEqual({ rows: REKEYED, state: 'live' });
  },
  120_000,
);
