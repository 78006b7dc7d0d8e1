import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { later, turnUntilIdle, warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';

const COLUMNS = { id: { kind: 'int4' } } as const;
const MINUTE_MS = 60_000;

test('the history has a row per table and minute, and any reader sees complete_until of one table', async () => {
  await using bench = await warehouseBench();
  const schemas = ['items', 'orders'].map((name, n) => tableSchema({ oid: 100 + n, name, columns: COLUMNS, key: ['id'] }));
  for (const schema of schemas) await bench.lake.copy(schema, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  const { commitTimes } = await bench.lake.batch([], { to: 20n });
  const compactor = await bench.start();
  await turnUntilIdle(compactor);
  for (const minute of [2, 2.5, 4]) await compactor.turn(later(minute * MINUTE_MS));
  const asOf = commitTimes?.[1].replace('T', ' ').replace('Z', '');
  const noted = await bench.rows<{ table: string; looks: string; state: string; as_of: string }>(
    'SELECT table, toString(count()) AS looks, any(state) AS state, toString(max(as_of)) AS as_of FROM tailrace.freshness_history GROUP BY table ORDER BY table',
  );
  expect(noted).toEqual(['public.items', 'public.orders'].map((table) => ({ table, looks: '2', state: 'live', as_of: asOf })));
  const asked = async (table: string): Promise<string> => {
    const { body } = await bench.engine.read({ sql: `SELECT * FROM tailrace.complete_until(table = '${table}')`, format: 'TSV' });
    return text(body);
  };
  expect(await asked('public.orders')).toBe(`${asOf}\tlive\n`);
  expect(await asked('public.nothing')).toBe('');
});
