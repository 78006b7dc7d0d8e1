import { expect, test } from 'vitest';
import { tableSchema } from '../test/support/lake-writer.ts';
import { turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { MIGRATIONS } from './state/storage-version.ts';
import type { Migration } from './state/storage-version.ts';

const numbers = tableSchema({ oid: 5501, name: 'numbers', columns: { id: { kind: 'int4' }, n: { kind: 'int4' } }, key: ['id'] });

const version = async (bench: WarehouseBench): Promise<string | undefined> =>
  (await bench.rows<{ value: string }>("SELECT value FROM tailrace.meta FINAL WHERE key = 'storage'"))[0]?.value;
const storages = async (bench: WarehouseBench): Promise<string[]> =>
  (await bench.rows<{ storage: string }>("SELECT storage FROM tailrace.generations FINAL WHERE state = 'live'")).map((row) => row.storage);

async function filled(bench: WarehouseBench): Promise<void> {
  await bench.lake.copy(numbers, { generation: 1, lsn: 10n }, [[{ id: '1', n: '1' }]]);
  await bench.lake.batch([await bench.lake.file(numbers, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '1', n: '2' } }])], { to: 25n });
  await bench.settle();
}

test('a new warehouse has the newest storage, and one of a version without numbers is migrated at its next start', async () => {
  await using bench = await warehouseBench();
  await filled(bench);
  expect(await version(bench)).toBe(String(MIGRATIONS.length + 1));
  // As a version without numbers left it.
  await bench.engine.exec('ALTER TABLE tailrace.quality DROP COLUMN duration_ms');
  await bench.engine.exec("ALTER TABLE tailrace.meta DELETE WHERE key = 'storage' SETTINGS mutations_sync = 2");
  await bench.settle();
  expect(await version(bench)).toBe(String(MIGRATIONS.length + 1));
  expect(await bench.rows('SELECT duration_ms FROM tailrace.quality')).toEqual([]);
  expect(await storages(bench)).toEqual(['t5501_1_g1']);
});

test('a storage that cannot be read on is built again by itself, once, and stays readable until then', async () => {
  await using bench = await warehouseBench();
  await filled(bench);
  const later: readonly Migration[] = [...MIGRATIONS, { what: 'other rows', rebuilds: true }, { what: 'another column' }];
  const compactor = await bench.start(bench.engine, {}, later);
  expect(await bench.rows('SELECT n FROM public.numbers')).toEqual([{ n: 2 }]);
  await turnUntilIdle(compactor);
  expect(await storages(bench)).toEqual(['t5501_1_g1_r1']);
  expect(await bench.rows('SELECT n FROM public.numbers')).toEqual([{ n: 2 }]);
  expect(await version(bench)).toBe(String(later.length + 1));
  await turnUntilIdle(await bench.start(bench.engine, {}, later));
  expect(await storages(bench)).toEqual(['t5501_1_g1_r1']);
  // The version before does not touch it.
  await expect(bench.start()).rejects.toMatchObject({ code: 'WAREHOUSE_TOO_NEW' });
  expect(await bench.rows('SELECT n FROM public.numbers')).toEqual([{ n: 2 }]);
});

test('a table whose storage is missing is built again from the lake, with all others', async () => {
  await using bench = await warehouseBench();
  await filled(bench);
  const others = tableSchema({ oid: 5502, name: 'others', columns: { id: { kind: 'int4' } }, key: ['id'] });
  await bench.lake.copy(others, { generation: 1, lsn: 30n }, [[{ id: '7' }]]);
  await bench.lake.batch([], { to: 35n });
  await bench.settle();
  await bench.engine.exec('DROP TABLE tailrace.t5501_1_g1');
  await bench.settle();
  expect(await storages(bench)).toEqual(['t5501_1_g1_r1', 't5502_1_g1_r1']);
  expect(await bench.rows('SELECT n FROM public.numbers')).toEqual([{ n: 2 }]);
  expect(await bench.rows('SELECT id FROM public.others')).toEqual([{ id: 7 }]);
  await bench.settle();
  expect(await storages(bench)).toEqual(['t5501_1_g1_r1', 't5502_1_g1_r1']);
});

test('a migration that a crash interrupts is done again', async () => {
  await using bench = await warehouseBench();
  await filled(bench);
  const later: readonly Migration[] = [
    ...MIGRATIONS,
    { what: 'a column', run: (engine) => engine.exec('ALTER TABLE tailrace.windows ADD COLUMN IF NOT EXISTS later String') },
    { what: 'other rows', rebuilds: true },
  ];
  const failing = bench.failing();
  failing.failAt({ after: 0, ran: false, of: /tailrace\.meta[^;]*'storage'/ });
  await expect(bench.start(failing, {}, later)).rejects.toThrow(/^WAREHOUSE_UNAVAILABLE/);
  expect(await version(bench)).toBe(String(MIGRATIONS.length + 1));
  await turnUntilIdle(await bench.start(bench.engine, {}, later));
  expect(await version(bench)).toBe(String(later.length + 1));
  expect(await bench.rows('SELECT n FROM public.numbers')).toEqual([{ n: 2 }]);
  expect(await bench.rows("SELECT later FROM tailrace.windows WHERE later != ''")).toEqual([]);
});
