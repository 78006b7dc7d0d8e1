import { expect, test } from 'vitest';
import { tableSchema } from '../test/support/lake-writer.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const schemaOf = (oid: number, name: string) => tableSchema({ oid, name, columns: { id: { kind: 'int4' } }, key: ['id'] });
const orders = schemaOf(5201, 'orders');
const visits = schemaOf(5202, 'visits');

const RUN = '2026-01-01 00:00:00.500000';

/** What a transformer records of models that it published at manifest 1. */
async function models(bench: WarehouseBench): Promise<void> {
  const rows = [
    `('marts.orders', 'table', 1, ['public.orders'], ['public.orders'])`,
    `('marts.both', 'incremental', 1, ['stg.visits', 'public.orders'], ['public.visits', 'public.orders'])`,
    `('stg.visits', 'view', 1, ['public.visits'], ['public.visits'])`,
    `('marts.over', 'view', 1, ['marts.both'], ['public.visits', 'public.orders'])`,
    `('marts.dropped', 'table', 1, ['public.gone'], ['public.gone'])`,
    `('marts.never', '', NULL, ['public.orders'], ['public.orders'])`,
  ];
  await bench.engine.exec(
    `INSERT INTO tailrace.model_records (model, kind, manifest, inputs, sources, status, lsn, as_of, error_code, seq)
    SELECT c1, c2, c3, c4, c5, 'published', if(c3 IS NULL, '', '0/B'), if(c3 IS NULL, NULL, toDateTime64('${RUN}', 6, 'UTC')), '', 1
    FROM VALUES('c1 String, c2 String, c3 Nullable(UInt64), c4 Array(String), c5 Array(String)', ${rows.join(', ')})`,
  );
}

/** State, position and whether it is that of the front, by name. */
async function freshness(bench: WarehouseBench): Promise<Record<string, string>> {
  const rows = await bench.rows<{ name: string; text: string }>(
    `SELECT table AS name, concat(state, ' ', applied_lsn, ' ', ifNull(toString(as_of), '-')) AS text FROM tailrace.freshness`,
  );
  return Object.fromEntries(rows.map(({ name, text }) => [name, text]));
}

test('marts stand beside the tables: as far as the front until a table that they read changes', async () => {
  await using bench = await warehouseBench();
  for (const schema of [orders, visits]) await bench.lake.copy(schema, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await bench.lake.batch([], { to: 11n });
  await bench.settle();
  await models(bench);
  const front = 'live 0/B 2026-01-01 00:00:01.000000';
  const all = ['public.orders', 'public.visits', 'marts.orders', 'marts.both', 'stg.visits', 'marts.over', 'marts.dropped'];
  const never = { 'marts.never': 'waiting  -' };
  expect(await freshness(bench)).toEqual({ ...Object.fromEntries(all.map((name) => [name, front])), ...never });
  await bench.lake.batch([await bench.lake.file(visits, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '2' } }])]);
  await bench.settle();
  const later = 'live 0/15 2026-01-01 00:00:02.000000';
  const asRun = `live 0/B ${RUN}`;
  expect(await freshness(bench)).toEqual({
    ...Object.fromEntries(all.map((name) => [name, later])),
    'marts.both': asRun,
    'marts.over': asRun,
    ...never,
  });
  const until = (name: string) =>
    bench.rows(`SELECT toString(complete_until) AS until, state FROM tailrace.complete_until(table = '${name}')`);
  expect(await until('marts.both')).toEqual([{ until: RUN, state: 'live' }]);
  expect(await until('marts.orders')).toEqual([{ until: '2026-01-01 00:00:02.000000', state: 'live' }]);
  await bench.lake.batch([], { to: 40n, catalog: [{ kind: 'resync', table: 'public.orders', tableId: orders.tableId, reason: 'a test' }] });
  await bench.settle();
  expect((await freshness(bench))['marts.orders']).toBe(asRun);
});
