import { expect, test } from 'vitest';
import { putRequest } from '../lake/control.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { WAREHOUSE_ID, turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { qualifiedCh } from '../warehouse/names.ts';

const keyed = tableSchema({ oid: 6301, name: 'keyed', columns: { id: { kind: 'int4' } }, key: ['id'] });
const loose = tableSchema({ oid: 6302, name: 'loose', columns: { id: { kind: 'int4' } }, identity: 'full' });

const VIEWS =
  "SELECT database, name, as_select, comment, create_table_query LIKE '%SQL SECURITY DEFINER%' AS definer FROM system.tables WHERE engine = 'View' AND database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')";

interface View {
  readonly database: string;
  readonly name: string;
  readonly as_select: string;
  readonly comment: string;
  readonly definer: number;
}

test('every view reads storage with the rights of the warehouse, and a start replaces those of an earlier version', async () => {
  await using bench = await warehouseBench();
  for (const schema of [keyed, loose]) await bench.lake.copy(schema, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await bench.lake.batch([], { to: 15n });
  const compactor = await bench.start();
  await turnUntilIdle(compactor);
  await putRequest(bench.lake.store, { kind: 'freeze', name: 'kept', tables: null, warehouseId: WAREHOUSE_ID });
  await turnUntilIdle(compactor);
  const views = await bench.rows<View>(VIEWS);
  expect(new Set(views.map(({ database }) => database))).toEqual(new Set(['public', 'kept_public', 'tailrace']));
  expect(views.filter(({ definer }) => definer === 0)).toEqual([]);
  for (const { database, name, as_select, comment } of views)
    await bench.engine.exec(`CREATE OR REPLACE VIEW ${qualifiedCh(database, name)} AS ${as_select} COMMENT '${comment}'`);
  expect((await bench.rows<View>(VIEWS)).filter(({ definer }) => definer === 1)).toEqual([]);
  await bench.settle();
  const replaced = await bench.rows<View>(VIEWS);
  expect(replaced).toHaveLength(views.length);
  expect(replaced.filter(({ definer }) => definer === 0)).toEqual([]);
  for (const database of ['public', 'kept_public'])
    for (const name of ['keyed', 'loose']) expect(await bench.rows(`SELECT id FROM ${database}.${name}`)).toEqual([{ id: 1 }]);
});
