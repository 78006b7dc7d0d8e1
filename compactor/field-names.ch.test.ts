import { expect, test } from 'vitest';
import type { ColumnType } from '../core/column-type.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

/**
 * Short names that a query may use for a table, and names of the parts that ClickHouse sees in a
 * column: `f.null` is whether f is NULL.
 */
const TABLES = ['f', 'r', 's', 't', 'g', 'k', 'v', 'n', 'e', 'm', '_tr'];
const PARTS = ['null', 'size0', 'keys', 'values', 'c1', 'c2', 'c3'];

test('columns named like parts of each other keep their values, copied and streamed', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const columns: Record<string, ColumnType> = { id: { kind: 'int4' } };
  for (const name of TABLES) {
    columns[name] = { kind: 'int4' };
    columns[`${name}s`] = { kind: 'array', element: { kind: 'int4' } };
  }
  for (const name of PARTS) columns[name] = { kind: 'int4' };
  const names = Object.keys(columns);
  const rowOf = (id: number): Record<string, string> =>
    Object.fromEntries(
      names.map((name, i) => [name, columns[name]?.kind === 'array' ? `{${id * 100 + i}}` : String(name === 'id' ? id : id * 100 + i)]),
    );
  const shownOf = (id: number): Record<string, unknown> =>
    Object.fromEntries(
      names.map((name, i) => [name, columns[name]?.kind === 'array' ? [id * 100 + i] : name === 'id' ? id : id * 100 + i]),
    );
  const keyed = tableSchema({ oid: 4000, name: 'keyed', columns, key: ['id'] });
  await lake.copy(keyed, { generation: 1, lsn: 10n }, [[rowOf(1), rowOf(2)]]);
  await lake.batch([
    await lake.file(keyed, [
      { op: 'I', lsn: 20n, ordinal: 1, row: rowOf(3) },
      { op: 'U', lsn: 20n, ordinal: 2, row: rowOf(2) },
    ]),
  ]);
  await bench.settle();
  expect(await bench.rows(`SELECT ${names.map((name) => `\`${name}\``).join(', ')} FROM public.keyed ORDER BY id`)).toEqual(
    [1, 2, 3].map(shownOf),
  );
});
