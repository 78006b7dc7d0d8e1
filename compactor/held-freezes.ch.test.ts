import { expect, test } from 'vitest';
import { moment } from '../core/time.ts';
import { openRequests, putRequest, readStage } from '../lake/control.ts';
import { getPosition } from '../lake/readers.ts';
import { Asked } from './asked.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { WAREHOUSE_ID, later, turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const accounts = tableSchema({
  oid: 5101,
  name: 'accounts',
  columns: { id: { kind: 'int4' }, owner: { kind: 'text' }, n: { kind: 'int4' } },
  notNull: ['owner'],
  key: ['id'],
});
const entries = tableSchema({ oid: 5102, name: 'entries', columns: { n: { kind: 'int4' } }, identity: 'full' });
const TABLES = ['public.accounts', 'public.entries'];

const FROZEN_STORAGES = "SELECT name FROM system.tables WHERE database = 'tailrace' AND name LIKE 'frozen%' ORDER BY name";
const DATABASES = "SELECT name FROM system.databases WHERE name LIKE 'tailrace\\_%' ORDER BY name";

const take = (bench: WarehouseBench, name: string, seconds = 60): Promise<string> =>
  putRequest(bench.lake.store, { kind: 'freeze', name, tables: null, warehouseId: WAREHOUSE_ID, held: { seconds, rows: true } });
const keep = (bench: WarehouseBench, name: string, tables: string[], seconds = 60): Promise<string> =>
  putRequest(bench.lake.store, { kind: 'keep-freeze', name, tables, seconds, warehouseId: WAREHOUSE_ID });
const answer = (bench: WarehouseBench, id: string) => readStage(bench.lake.store, { id, stage: 'done' });

/** Two live tables: one with a key, one without. */
async function twoTables(bench: WarehouseBench): Promise<void> {
  const rows = ['1', '2', '3'];
  await bench.lake.copy(accounts, { generation: 1, lsn: 10n }, [rows.map((id) => ({ id, owner: `o${id}`, n: '100' }))]);
  await bench.lake.copy(entries, { generation: 1, lsn: 10n }, [rows.map((n) => ({ n }))]);
  await bench.lake.batch([], { to: 15n });
  await bench.settle();
}

test('a held freeze shows its tables at one LSN and every stored row, and says what a later one is compared with', async () => {
  await using bench = await warehouseBench();
  await twoTables(bench);
  const compactor = await bench.start();
  await turnUntilIdle(compactor);
  const first = await take(bench, 'tailrace_run_1');
  await turnUntilIdle(compactor);
  const version = (1n << 112n) | (15n << 48n);
  const input = { generation: expect.stringMatching(/^t\d+_1_g1$/), cleaned: '0' };
  expect(await answer(bench, first)).toEqual({
    ok: true,
    frozen: {
      name: 'tailrace_run_1',
      lsn: '0/F',
      asOf: '2026-01-01T00:00:01.000000Z',
      databases: ['tailrace_run_1', 'tailrace_run_1_public'],
      tables: TABLES,
      leftOut: [],
      manifest: 1,
      version: String(version),
      inputs: [
        { ...input, table: 'public.accounts', tableId: '5101_1', schemaHash: expect.any(String), identity: 'key', key: ['id'] },
        { ...input, table: 'public.entries', tableId: '5102_1', schemaHash: expect.any(String), identity: 'full', key: [] },
      ],
    },
  });
  await bench.lake.batch([
    await bench.lake.file(accounts, [
      { op: 'U', lsn: 20n, ordinal: 1, row: { id: '1', owner: 'o1', n: '70' } },
      { op: 'D', lsn: 20n, ordinal: 2, row: { id: '2' } },
    ]),
    await bench.lake.file(entries, [{ op: 'D', lsn: 20n, ordinal: 3, row: { n: '3' } }]),
  ]);
  await turnUntilIdle(compactor);
  expect(await bench.rows('SELECT sum(n) AS n FROM tailrace_run_1_public.accounts')).toEqual([{ n: '300' }]);
  await take(bench, 'tailrace_run_2');
  await turnUntilIdle(compactor);
  const changed = `WHERE _tr_version >= toUInt128('${version}') ORDER BY _tr_version`;
  expect(await bench.rows(`SELECT id, owner, n, _tr_deleted FROM tailrace_run_2.\`public.accounts\` ${changed}`)).toEqual([
    { id: 1, owner: 'o1', n: 70, _tr_deleted: 0 },
    { id: 2, owner: null, n: null, _tr_deleted: 1 },
  ]);
  expect(await bench.rows(`SELECT n, _tr_deleted FROM tailrace_run_2.\`public.entries\` ${changed}`)).toEqual([{ n: 3, _tr_deleted: 1 }]);
  expect(await bench.rows(`SELECT id FROM tailrace_run_1.\`public.accounts\` ${changed}`)).toEqual([]);
  // Only its holder knows it, and no merge rewrites its clones.
  expect(await bench.rows('SELECT name FROM tailrace.freezes FINAL')).toEqual([]);
  const merging =
    "engine_full LIKE '%min_age_to_force_merge_seconds = 0%' AND engine_full LIKE '%max_bytes_to_merge_at_max_space_in_pool = 1'";
  expect(
    await bench.rows(
      `SELECT countIf(${merging}) AS kept, count() AS all FROM system.tables WHERE database = 'tailrace' AND name LIKE 'frozen%'`,
    ),
  ).toEqual([{ kept: '4', all: '4' }]);
});

test('a freeze of another generation says so, and so does one after a truncate', async () => {
  await using bench = await warehouseBench();
  await twoTables(bench);
  const inputs = async (name: string) => {
    const id = await take(bench, name);
    await bench.settle();
    const { frozen } = (await answer(bench, id)) ?? {};
    return Object.fromEntries((frozen?.inputs ?? []).map(({ table, generation }) => [table, generation]));
  };
  const first = await inputs('tailrace_a');
  await bench.lake.batch([await bench.lake.file(accounts, [{ op: 'T', lsn: 20n, ordinal: 1, row: {} }])]);
  const truncated = await inputs('tailrace_b');
  expect(truncated['public.accounts']).not.toBe(first['public.accounts']);
  expect(truncated['public.entries']).toBe(first['public.entries']);
  await bench.lake.copy(entries, { generation: 2, lsn: 30n }, [[{ n: '9' }]]);
  await bench.lake.batch([], { to: 40n });
  await bench.settle();
  const copied = await inputs('tailrace_c');
  expect(copied['public.accounts']).toBe(truncated['public.accounts']);
  expect(copied['public.entries']).not.toBe(truncated['public.entries']);
});

test('position.json names the manifest that changed each table last', async () => {
  await using bench = await warehouseBench();
  await twoTables(bench);
  const compactor = await bench.start();
  await bench.lake.batch([await bench.lake.file(entries, [{ op: 'I', lsn: 20n, ordinal: 1, row: { n: '4' } }])]);
  await bench.lake.batch([], { to: 30n });
  await turnUntilIdle(compactor);
  const position = await getPosition(bench.lake.store, WAREHOUSE_ID);
  expect(position?.manifest).toBe(3);
  expect(Object.fromEntries((position?.tables ?? []).map(({ table, changed }) => [table, changed]))).toEqual({
    'public.accounts': 1,
    'public.entries': 2,
  });
});

test('a held freeze shrinks, and ends when its holder says so or is silent, also after a restart', async () => {
  await using bench = await warehouseBench();
  await twoTables(bench);
  const compactor = await bench.start();
  await turnUntilIdle(compactor);
  for (const name of ['tailrace_a', 'tailrace_b', 'tailrace_c']) await take(bench, name, 3_600);
  await turnUntilIdle(compactor);
  expect(await bench.rows(FROZEN_STORAGES)).toHaveLength(6);
  await keep(bench, 'tailrace_a', ['public.accounts'], 3_600);
  await keep(bench, 'tailrace_b', []);
  const unknown = await keep(bench, 'tailrace_never', TABLES);
  await turnUntilIdle(compactor);
  expect(await answer(bench, unknown)).toMatchObject({ ok: false, code: 'BAD_ARGUMENT' });
  expect(await bench.rows(FROZEN_STORAGES)).toHaveLength(3);
  expect(await bench.rows('SELECT count() AS n FROM tailrace_a_public.accounts')).toEqual([{ n: '3' }]);
  expect(await bench.rows(DATABASES)).toEqual(
    ['tailrace_a', 'tailrace_a_public', 'tailrace_c', 'tailrace_c_public'].map((name) => ({ name })),
  );
  expect(await bench.rows("SELECT count() AS n FROM system.tables WHERE database = 'tailrace_a_public'")).toEqual([{ n: '2' }]);
  // The interval begins again with the next compactor.
  const next = await bench.start();
  await next.turn(later(7_200_000));
  await keep(bench, 'tailrace_a', ['public.accounts'], 3_600);
  await next.turn(later(9_000_000));
  await next.turn(later(12_000_000));
  expect(await bench.rows(DATABASES)).toEqual(['tailrace_a', 'tailrace_a_public'].map((name) => ({ name })));
  await next.turn(later(14_000_000));
  expect(await bench.rows(DATABASES)).toEqual([]);
  expect(await bench.rows(FROZEN_STORAGES)).toEqual([]);
});

/** Takes, shrinks and ends a freeze, broken off at the nth statement; whether there was one. */
async function brokenOff(bench: WarehouseBench, round: number): Promise<boolean> {
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  await turnUntilIdle(compactor);
  const name = `tailrace_run_${round}`;
  await take(bench, name);
  const steps = [() => keep(bench, name, ['public.entries']), () => keep(bench, name, [])];
  const work = async (): Promise<void> => {
    await turnUntilIdle(compactor);
    for (const step of steps) {
      await step();
      await turnUntilIdle(compactor);
    }
  };
  const failed = await engine.breakOff({ after: round, ran: round % 2 === 0 }, work);
  const next = await bench.start();
  await turnUntilIdle(next);
  expect(await openRequests(bench.lake.store, ['freeze', 'keep-freeze'])).toEqual([]);
  await next.turn(later(3_600_000));
  await next.turn(later(7_200_000));
  expect(await bench.rows(FROZEN_STORAGES)).toEqual([]);
  expect(await bench.rows(DATABASES)).toEqual([]);
  return failed;
}

test('a held freeze that is broken off at any statement leaves nothing once its time is over', async () => {
  await using bench = await warehouseBench();
  await twoTables(bench);
  let round = 0;
  while (await brokenOff(bench, round)) round += 3;
  expect(round).toBeGreaterThan(20);
}, 600_000);

test('a freeze after tombstones were cleaned up says so', async () => {
  await using bench = await warehouseBench();
  await twoTables(bench);
  const [storage] = await bench.rows<{ name: string }>("SELECT name FROM system.tables WHERE database = 'tailrace' AND name LIKE 't5101%'");
  await bench.engine.exec(
    `INSERT INTO tailrace.${storage?.name} (c1, _tr_version, _tr_deleted) SELECT 1000 + number, toUInt128(1), 1 FROM numbers(150000)`,
  );
  const compactor = await bench.start();
  await compactor.turn(later(700_000));
  const id = await take(bench, 'tailrace_a');
  await compactor.turn(later(710_000));
  expect(await bench.rows('SELECT count() AS n FROM tailrace_a.`public.accounts`')).toEqual([{ n: '3' }]);
  expect((await answer(bench, id))?.frozen?.inputs?.map(({ cleaned }) => cleaned)).toEqual(['1', '0']);
});

test('a request is served between two looks when the compactor hears of it', async () => {
  await using bench = await warehouseBench();
  await twoTables(bench);
  let called = 0;
  const asked = new Asked(() => {
    called += 1;
  });
  const compactor = await bench.start(bench.engine, { asked });
  const now = moment();
  await compactor.turn(now);
  const id = await take(bench, 'tailrace_a');
  await compactor.turn(now);
  expect(await answer(bench, id)).toBeNull();
  asked.note();
  expect(called).toBe(1);
  await compactor.turn(now);
  expect(await answer(bench, id)).toMatchObject({ ok: true });
});
