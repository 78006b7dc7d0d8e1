import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { readExport } from '../../test/support/export-reader.ts';
import type { ReadExport } from '../../test/support/export-reader.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { scratch } from '../../test/support/scratch.ts';
import { transformBench } from '../../test/support/warehouse/transform-bench.ts';
import { readModels } from '../read-models.ts';
import { runExport } from './run-export.ts';

const orders = tableSchema({
  oid: 5201,
  name: 'orders',
  columns: { id: { kind: 'int4' }, n: { kind: 'int4' } },
  key: ['id'],
});
const SUMS = `-- A parity.
-- @kind incremental
-- @key parity
-- @by parity = public.orders: id % 2
SELECT id % 2 AS parity, sum(n) AS n FROM public.orders GROUP BY parity
`;

test('tables are exported at the front, models as they were published, and views over both', async () => {
  await using folder = await scratch('tailrace-export');
  await using work = await transformBench(async ({ lake }) => {
    await lake.copy(orders, { generation: 1, lsn: 10n }, [Array.from({ length: 40 }, (_, id) => ({ id: String(id), n: '1' }))]);
    await lake.batch([], { to: 15n });
  });
  await work.file('marts/sums.sql', SUMS);
  await work.file(
    'marts/shares.sql',
    '-- An order.\nSELECT o.id AS id, o.n AS n, s.n AS of FROM public.orders o JOIN marts.sums s ON s.parity = o.id % 2\n',
  );
  await work.once();
  await work.apply(await work.bench.lake.file(orders, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '3', n: '8' } }]));

  const { store, warehouseId, signal, log } = work.options;
  await using engine = await work.options.openBuilder();
  const models = async () => (await readModels(work.options, engine, false)).models;
  const exported = async (table: string): Promise<ReadExport> => {
    const ends = { engine, store, warehouseId, s3PathStyle: false, asking: { signal }, models, log };
    await runExport(ends, { table, to: folder.path, partition: null, keep: null });
    return readExport(new DirectoryStore(folder.path), table);
  };
  const front = await exported('public.orders');
  expect(front.rows).toHaveLength(40);
  expect(front.rows[3]).toEqual({ id: 3, n: 8 });
  const mart = await exported('marts.sums');
  expect(mart.rows).toEqual([
    { parity: 0, n: 20n },
    { parity: 1, n: 20n },
  ]);
  const view = await exported('marts.shares');
  expect(view.rows.filter(({ id }) => id === 3)).toEqual([{ id: 3, n: 8, of: 20n }]);
  expect([front.manifest.lsn === mart.manifest.lsn, view.manifest.lsn === front.manifest.lsn]).toEqual([false, true]);
  expect(view.manifest.asOf).toBe(mart.manifest.asOf);
  expect(await work.bench.rows("SELECT name FROM system.tables WHERE database = 'tailrace_exports'")).toEqual([]);
  await expect(
    runExport(
      { engine, store, warehouseId, s3PathStyle: false, asking: { signal }, log },
      { table: 'marts.shares', to: join(folder.path, 'x'), partition: null, keep: null },
    ),
  ).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
});
