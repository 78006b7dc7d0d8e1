import { expect, test } from 'vitest';
import { TailraceError } from '../core/errors.ts';
import { ofLargeValue } from '../warehouse/large-value.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const notes = tableSchema({
  oid: 6301,
  name: 'notes',
  columns: { id: { kind: 'int4' }, body: { kind: 'text' }, n: { kind: 'int4' } },
  key: ['id'],
});

/** A row with a value of this many MB, then an update that leaves it alone. */
async function leaveAlone(bench: WarehouseBench, megabytes: number): Promise<void> {
  const { lake } = bench;
  await lake.copy(notes, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'x'.repeat(megabytes * 1_000_000), n: '1' }]]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live' }]);
  await lake.batch([await lake.file(notes, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '1', body: undefined, n: '2' } }])]);
}

test('an update that leaves a value of 100 MB unchanged is applied', async () => {
  await using bench = await warehouseBench();
  await leaveAlone(bench, 100);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
  expect(await bench.rows('SELECT id, length(body) AS bytes, n FROM public.notes')).toEqual([{ id: 1, bytes: '100000000', n: 2 }]);
});

test('an error of memory names the size of the largest text, and any other error stays as it is', async () => {
  await using bench = await warehouseBench();
  await leaveAlone(bench, 20);
  await bench.settle();
  const table = 'tailrace.t6301_1_g1';
  const tooMuch = await bench.rows(`SELECT arrayMap(x -> repeat('x', 1000000), range(1000)) AS a`).catch((error: unknown) => error);
  expect(await ofLargeValue(bench.engine, table, tooMuch)).toMatchObject({
    code: 'VALUE_TOO_LARGE',
    message: expect.stringContaining('19.1 MiB'),
  });
  const other = new TailraceError('WAREHOUSE_QUERY', 'something else');
  expect(await ofLargeValue(bench.engine, table, other)).toBe(other);
  expect(await ofLargeValue(bench.engine, 'tailrace.meta', tooMuch)).toBe(tooMuch);
});

test('a table with a value that does not fit into memory is parked with the size, and stays readable', async () => {
  await using bench = await warehouseBench();
  await leaveAlone(bench, 210);
  expect((await bench.settle()).tables).toMatchObject([
    { state: 'parked', error: { code: 'VALUE_TOO_LARGE', message: expect.stringContaining('the table has a value of 200.3 MiB') } },
  ]);
  expect(await bench.rows('SELECT id, n FROM public.notes')).toEqual([{ id: 1, n: 1 }]);
});
