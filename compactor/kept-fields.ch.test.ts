import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { putRequest } from '../lake/control.ts';
import { positionKey } from '../lake/keys.ts';
import { eventually } from '../test/support/eventually.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { WAREHOUSE_ID, turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { PositionFile } from './position-file.ts';

const numbers = tableSchema({ oid: 5301, name: 'numbers', columns: { id: { kind: 'int4' }, n: { kind: 'int4' } }, key: ['id'] });

/** Adds a field of a later version: to the object itself, or to the objects inside of it too. */
const later = (json: string): string => `concat('{"later":"kept",', substring(${json}, 2))`;
const laterInside = (json: string): string => String.raw`replaceRegexpAll(${json}, '\\{"', '{"later":"kept","')`;

/** All that the compactor reads, changes and saves, as a later version would have written it. */
async function planted(bench: WarehouseBench): Promise<void> {
  const { engine } = bench;
  const generations = 'table_id, rebuild, generation, table, state, storage';
  await engine.exec(
    `INSERT INTO tailrace.generations SELECT ${generations}, ${laterInside('record')}, seq + 1000 FROM tailrace.generations FINAL`,
  );
  const freezes = 'name, state, lsn, as_of, databases, tables';
  await engine.exec(`INSERT INTO tailrace.freezes SELECT ${freezes}, ${laterInside('record')}, seq + 1000 FROM tailrace.freezes FINAL`);
  await engine.exec(
    `INSERT INTO tailrace.meta SELECT key, if(key = 'heldFreezes', ${laterInside('value')}, ${later('value')}), seq + 1000 FROM tailrace.meta FINAL
     WHERE key IN ('front', 'heldFreezes') OR startsWith(key, 'changed:')`,
  );
}

/** How many fields of a later version each record has. */
async function found(bench: WarehouseBench): Promise<Record<string, number>> {
  const rows = await bench.rows<{ what: string; n: number }>(
    `SELECT what, toUInt32(countSubstrings(record, '"later":"kept"')) AS n FROM (
       SELECT concat('generation ', state) AS what, record FROM tailrace.generations FINAL
       UNION ALL SELECT concat('freeze ', name), record FROM tailrace.freezes FINAL
       UNION ALL SELECT splitByChar(':', key)[1], value FROM tailrace.meta FINAL WHERE key IN ('front', 'heldFreezes') OR startsWith(key, 'changed:')
     ) ORDER BY what`,
  );
  return Object.fromEntries(rows.map(({ what, n }) => [what, n]));
}

test('what a later version keeps in generations, front, changes and freezes survives a compactor that does not know it', async () => {
  await using bench = await warehouseBench();
  await bench.lake.copy(numbers, { generation: 1, lsn: 10n }, [[{ id: '1', n: '1' }]]);
  await bench.lake.batch([], { to: 15n });
  const freeze = { kind: 'freeze', tables: null, warehouseId: WAREHOUSE_ID } as const;
  await putRequest(bench.lake.store, { ...freeze, name: 'monday' });
  await putRequest(bench.lake.store, { ...freeze, name: 'tailrace_run_1', held: { seconds: 60, rows: false } });
  await bench.settle();
  await planted(bench);
  // The record itself counts, its position, the table of a freeze, and `held`.
  const before = { 'generation live': 2, 'freeze monday': 2, heldFreezes: 3, front: 1, changed: 1 };
  expect(await found(bench)).toEqual(before);

  const compactor = await bench.start();
  await bench.lake.batch([await bench.lake.file(numbers, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '1', n: '2' } }])], { to: 25n });
  await turnUntilIdle(compactor);
  await putRequest(bench.lake.store, {
    kind: 'keep-freeze',
    name: 'tailrace_run_1',
    tables: ['public.numbers'],
    seconds: 90,
    warehouseId: WAREHOUSE_ID,
  });
  await putRequest(bench.lake.store, { kind: 'drop-freeze', name: 'monday', warehouseId: WAREHOUSE_ID });
  await turnUntilIdle(compactor);
  expect((await bench.position()).manifest).toBe(2);
  // A dropped freeze has no tables.
  expect(await found(bench)).toEqual({ ...before, 'freeze monday': 1 });

  await putRequest(bench.lake.store, { kind: 'rebuild', warehouseId: WAREHOUSE_ID });
  await bench.settle();
  expect(await found(bench)).toMatchObject({ 'generation dropped': 2, 'generation live': 0, front: 1, changed: 1 });
});

test('a position that is renewed before its compactor has one of its own keeps the fields of a later version', async () => {
  await using bench = await warehouseBench();
  await bench.settle();
  const { store } = bench.lake;
  const text = Buffer.from((await store.get(positionKey(WAREHOUSE_ID))) ?? []).toString();
  const stored = { ...JSON.parse(text), later: 'kept', at: 'before' };
  await store.replace(positionKey(WAREHOUSE_ID), Buffer.from(JSON.stringify(stored)));
  using file = new PositionFile(store, silentLogger());
  await file.renew(WAREHOUSE_ID, () => Promise.resolve(true), 1);
  const now = async (): Promise<Record<string, unknown>> =>
    JSON.parse(Buffer.from((await store.get(positionKey(WAREHOUSE_ID))) ?? []).toString());
  await eventually(async () => (await now())['at'] !== 'before', 'the position to be renewed');
  expect(await now()).toMatchObject({ later: 'kept', warehouseId: WAREHOUSE_ID });
});
