import { expect, test } from 'vitest';
import { tableSchema } from '../test/support/lake-writer.ts';
import { transformBench } from '../test/support/warehouse/transform-bench.ts';

const orders = tableSchema({ oid: 5401, name: 'orders', columns: { id: { kind: 'int4' }, n: { kind: 'int4' } }, key: ['id'] });

test('what a later version keeps of models survives runs of a transformer that does not know it', async () => {
  await using work = await transformBench(async ({ lake }) => {
    await lake.copy(orders, { generation: 1, lsn: 10n }, [[{ id: '1', n: '1' }]]);
    await lake.batch([], { to: 15n });
  });
  const { bench } = work;
  await work.file('marts/same.sql', '-- Rows that stay.\n-- @kind table\nSELECT 1 AS one\n');
  await work.file('marts/sums.sql', '-- All.\n-- @kind table\nSELECT sum(n) AS n FROM public.orders\n');
  await work.once();
  await bench.engine.exec(
    String.raw`INSERT INTO tailrace.model_records SELECT * EXCEPT (record, seq),
       replaceRegexpAll(record, '\\{"', '{"later":"kept","') AS record, seq + 1000 AS seq FROM tailrace.model_records FINAL`,
  );
  const found = async (): Promise<Record<string, number>> => {
    const rows = await bench.rows<{ model: string; n: number }>(
      `SELECT model, toUInt32(countSubstrings(record, '"later":"kept"')) AS n FROM tailrace.model_records FINAL`,
    );
    return Object.fromEntries(rows.map(({ model, n }) => [model, n]));
  };
  // The record itself counts, what is shown, the last run, and a table that it has seen.
  expect(await found()).toEqual({ 'marts.same': 3, 'marts.sums': 4 });

  await work.apply(await bench.lake.file(orders, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '1', n: '7' } }]));
  expect((await work.once()).models.map(({ status }) => status)).toEqual(['unchanged', 'published']);
  // The last run is replaced, and so is what is shown where rows were built.
  expect(await found()).toEqual({ 'marts.same': 2, 'marts.sums': 1 });
});
