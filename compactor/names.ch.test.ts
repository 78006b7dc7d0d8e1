import { expect, test } from 'vitest';
import type { TableSchema } from '../core/table.ts';
import type { CatalogEvent } from '../lake/manifest.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import type { LakeWriter } from '../test/support/lake-writer.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

function idsOnly(oid: number): TableSchema {
  return tableSchema({ oid, name: `table${oid}`, columns: { id: { kind: 'int4' } }, key: ['id'] });
}

/** The fact that a table has another name. */
async function named(lake: LakeWriter, table: TableSchema, name: string): Promise<CatalogEvent> {
  const schema = await lake.schema({ ...table, name });
  return { kind: 'schema', table: `public.${name}`, tableId: table.tableId, schema };
}

test('two tables that exchange their names are each shown under their own, in any order and with any other change', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  for (const oids of [
    [2100, 2101],
    [2103, 2102],
  ] as const) {
    const [one, other] = [idsOnly(oids[0]), idsOnly(oids[1])];
    for (const table of [one, other]) await lake.copy(table, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
    await bench.settle();
    const emptied = await lake.file(one, [{ op: 'T', lsn: BigInt(one.oid), ordinal: 1, row: {} }]);
    await lake.batch([emptied], { catalog: [await named(lake, one, other.name), await named(lake, other, one.name)] });
    await bench.settle();
    const counts = `SELECT (SELECT count() FROM public.${other.name}) AS one, (SELECT count() FROM public.${one.name}) AS other`;
    expect(await bench.rows(counts)).toEqual([{ one: '0', other: '1' }]);
  }
});
