import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import type { TableSchema } from '../core/table.ts';
import { putRequest } from '../lake/control.ts';
import type { Change, Row } from '../test/support/change-file.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import type { LakeWriter } from '../test/support/lake-writer.ts';
import { scratch } from '../test/support/scratch.ts';
import { putBase, sweepBelow } from '../test/support/warehouse/lake-base.ts';
import { shardDatabases } from '../test/support/warehouse/shard-databases.ts';
import { WAREHOUSE_ID, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { EmbeddedEngine } from '../warehouse/embedded-engine.ts';

const COLUMNS = { id: { kind: 'int4' }, note: { kind: 'text' } } as const;
const keyed = tableSchema({ oid: 6001, name: 'keyed', columns: COLUMNS, key: ['id'] });
const full = tableSchema({ oid: 6002, name: 'whole', columns: COLUMNS, identity: 'full' });
const append = tableSchema({ oid: 6003, name: 'append', columns: COLUMNS, identity: 'append' });
const ALL = [keyed, full, append];

/** The table with more columns. */
function withColumns(schema: TableSchema, ...names: readonly string[]): TableSchema {
  const more = Object.fromEntries(names.map((name) => [name, { kind: 'text' } as const]));
  const { columns } = tableSchema({ oid: schema.oid, name: schema.name, columns: { ...COLUMNS, ...more } });
  return { ...schema, columns };
}

function wide(schema: TableSchema): TableSchema {
  return withColumns(schema, 'more');
}

function wider(schema: TableSchema): TableSchema {
  return withColumns(schema, 'more', 'most');
}

function row(id: number, note: string | null = `note ${id}`): Row {
  return { id: String(id), note };
}

function insert(lsn: bigint, ...ids: number[]): Change[] {
  return ids.map((id, index) => ({ op: 'I', lsn, ordinal: index + 1, row: row(id) }));
}

function rekey(lsn: bigint, from: number, to: number): Change[] {
  return [
    { op: 'D', lsn, ordinal: 1, row: { id: String(from), note: null }, keyChange: true },
    { op: 'U', lsn, ordinal: 2, row: { id: String(to), note: undefined } },
  ];
}

/** Rows that readers see, as texts. */
async function shown(bench: WarehouseBench, { name }: TableSchema): Promise<Row[]> {
  return bench
    .rows<Row>(`SELECT * APPLY(toString) FROM public.${name} ORDER BY ALL`)
    .then((rows) =>
      rows.map((one) => Object.fromEntries(Object.entries(one).map(([key, value]) => [/\((.*)\)/.exec(key)?.[1] ?? key, value]))),
    );
}

/** A base of what readers see now; nothing older stays. */
async function putCurrent(bench: WarehouseBench, schema: TableSchema, lsn: bigint): Promise<void> {
  const rows = await shown(bench, schema);
  const plan = await putBase(bench.lake.store, schema, { lsn }, [rows.slice(0, 2), rows.slice(2)]);
  expect(await sweepBelow(bench.lake.store, plan)).toBeGreaterThan(2);
}

/** A lake with tables of each kind that were changed, as one warehouse has lived through it. */
async function lived(): Promise<WarehouseBench> {
  const bench = await warehouseBench();
  const { lake } = bench;
  for (const schema of ALL) await lake.copy(schema, { generation: 1, lsn: 10n }, [[row(1), row(2)], [row(3)]]);
  await lake.batch([
    await lake.file(keyed, [...insert(20n, 4), { op: 'D', lsn: 21n, ordinal: 1, row: row(1, null) }, ...rekey(22n, 2, 7)]),
    await lake.file(full, [...insert(20n, 3, 3), { op: 'D', lsn: 21n, ordinal: 1, row: row(1) }]),
    await lake.file(append, insert(20n, 3, 4)),
  ]);
  await bench.settle();
  return bench;
}

/** A new warehouse over the lake: another folder, or three shards. */
const SECOND = {
  machine: (lake: LakeWriter) => warehouseBench({ lake }),
  cluster: async (lake: LakeWriter, folder: string) => {
    const engine = await EmbeddedEngine.open({ directory: `${folder}/shards`, log: silentLogger() });
    return warehouseBench({ lake, engine: shardDatabases(engine, 3, folder) });
  },
};

test.each(Object.entries(SECOND))(
  'a new %s begins at the newest base, without the copy and the batches before it',
  async (_place, open) => {
    await using folder = await scratch('second');
    await using bench = await lived();
    const { lake } = bench;
    for (const schema of ALL) await putCurrent(bench, schema, 23n);
    await lake.batch([
      await lake.file(keyed, [
        ...rekey(30n, 7, 2),
        { op: 'U', lsn: 31n, ordinal: 1, row: { id: '3', note: undefined } },
        ...insert(32n, 1),
      ]),
      await lake.file(full, [
        { op: 'D', lsn: 30n, ordinal: 1, row: row(3) },
        { op: 'D', lsn: 31n, ordinal: 1, row: row(2), keyChange: true },
        { op: 'U', lsn: 31n, ordinal: 2, row: row(9) },
      ]),
      await lake.file(append, insert(30n, 5)),
    ]);
    await bench.settle();
    await using second = await open(lake, folder.path);
    expect((await second.settle()).tables.map(({ state, generation }) => [state, generation])).toEqual(ALL.map(() => ['live', 1]));
    for (const schema of ALL) {
      const rows = await shown(bench, schema);
      expect(rows.length).toBeGreaterThan(2);
      expect(await shown(second, schema)).toEqual(rows);
    }
  },
);

test('a truncate and schema changes before and after a base are what they were', async () => {
  await using bench = await lived();
  const { lake } = bench;
  const files = async (of: (schema: TableSchema) => TableSchema, changes: Change[]) =>
    Promise.all(ALL.map((schema) => lake.file(of(schema), changes)));
  await lake.batch(await files(wide, [{ op: 'I', lsn: 24n, ordinal: 1, row: { ...row(11), more: 'm' } }]));
  await bench.settle();
  for (const schema of ALL) await putCurrent(bench, wide(schema), 25n);
  await lake.batch(await files(wider, [{ op: 'I', lsn: 34n, ordinal: 1, row: { ...row(12), more: 'm', most: 'n' } }]));
  await bench.settle();
  const settled = await Promise.all(ALL.map((schema) => shown(bench, schema)));
  await using second = await warehouseBench({ lake });
  await second.settle();
  expect(await Promise.all(ALL.map((schema) => shown(second, schema)))).toEqual(settled);
  await lake.batch(
    await files(wider, [
      { op: 'T', lsn: 40n, ordinal: 1, row: {} },
      { op: 'I', lsn: 40n, ordinal: 2, row: { ...row(13), more: 'm', most: 'n' } },
    ]),
  );
  await second.settle();
  for (const schema of ALL) expect(await shown(second, schema)).toEqual([{ ...row(13), more: 'm', most: 'n' }]);
});

test('a rebuild begins at the newest base, and a live warehouse never does', async () => {
  await using bench = await lived();
  await putCurrent(bench, keyed, 23n);
  await bench.lake.batch([await bench.lake.file(keyed, insert(30n, 8))]);
  await bench.settle();
  const rows = await shown(bench, keyed);
  const storages = async (): Promise<string[]> =>
    (await bench.rows<{ name: string }>("SELECT name FROM system.tables WHERE database = 'tailrace' AND match(name, '^t6001')")).map(
      ({ name }) => name,
    );
  expect(await storages()).toEqual(['t6001_1_g1']);
  await putRequest(bench.lake.store, { kind: 'rebuild', warehouseId: WAREHOUSE_ID });
  await bench.settle();
  await bench.settle();
  expect(await storages()).toEqual(['t6001_1_g1_r1']);
  expect(await shown(bench, keyed)).toEqual(rows);
});

test('a newer copy wins over a base of the copy before', async () => {
  await using bench = await lived();
  const { lake } = bench;
  await putBase(lake.store, keyed, { lsn: 23n }, [[row(99)]]);
  await lake.copy(keyed, { generation: 2, lsn: 25n }, [[row(5)]]);
  await lake.batch([], { to: 30n });
  await using second = await warehouseBench({ lake });
  expect((await second.settle()).tables.find(({ table }) => table === 'public.keyed')).toMatchObject({ state: 'live', generation: 2 });
  expect(await shown(second, keyed)).toEqual([row(5)]);
});

test('a failover that lost positions of an idle source loses no change after a base', async () => {
  await using bench = await lived();
  const { lake } = bench;
  await lake.batch([], { to: 100n });
  await bench.settle();
  await putCurrent(bench, keyed, 23n);
  // The new primary never had the positions up to 100.
  await lake.batch([], { to: 25n });
  await lake.batch([await lake.file(keyed, insert(40n, 8))]);
  await using second = await warehouseBench({ lake });
  await second.settle();
  await bench.settle();
  expect(await shown(second, keyed)).toEqual(await shown(bench, keyed));
  expect((await shown(second, keyed)).map(({ id }) => id)).toContain('8');
});
