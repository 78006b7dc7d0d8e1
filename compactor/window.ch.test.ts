import { expect, test } from 'vitest';
import { putRequest } from '../lake/control.ts';
import { FailingEngine } from '../test/support/warehouse/failing-engine.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { WAREHOUSE_ID, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { raisedHere } from '../warehouse/clickhouse-code.ts';

const notes = tableSchema({ oid: 1, name: 'notes', columns: { id: { kind: 'int4' } }, key: ['id'] });
const OUT_OF_MEMORY = 241;

/** Has memory for inserts from this many files and no more. */
class SmallEngine extends FailingEngine {
  readonly tried: number[] = [];
  limit = 1;

  override exec(sql: string): Promise<void> {
    if (!sql.startsWith('INSERT INTO tailrace.`t1')) return super.exec(sql);
    const files = /\{([^}]*\.arrow[^}]*)\}/.exec(sql)?.[1]?.split(',').length ?? 1;
    this.tried.push(files);
    return files > this.limit ? Promise.reject(raisedHere(OUT_OF_MEMORY, 'too much')) : super.exec(sql);
  }
}

test('a step that does not fit into memory is made smaller until it fits; a file that does not fit parks its table', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const engine = new SmallEngine(bench.engine);
  await lake.copy(notes, { generation: 1, lsn: 10n }, [[{ id: '0' }]]);
  await bench.settle(engine);
  engine.tried.length = 0;
  const files = [1, 2, 3, 4, 5].map((id) => lake.file(notes, [{ op: 'I', lsn: BigInt(20 + id), ordinal: 1, row: { id: String(id) } }]));
  await lake.batch(await Promise.all(files));
  expect((await bench.settle(engine)).tables).toMatchObject([{ state: 'live' }]);
  expect(engine.tried[0]).toBe(5);
  expect(engine.tried.slice(-5)).toEqual([1, 1, 1, 1, 1]);
  expect(await bench.rows('SELECT count() AS n FROM public.notes')).toEqual([{ n: '6' }]);
  engine.limit = 0;
  await lake.batch([await lake.file(notes, [{ op: 'I', lsn: 50n, ordinal: 1, row: { id: '9' } }])]);
  expect((await bench.settle(engine)).tables).toMatchObject([{ state: 'parked', error: { code: 'WAREHOUSE_QUERY' } }]);
});

test('a table that fails in a window is not counted in tailrace.windows, and its steps count once it has resumed', async () => {
  await using bench = await warehouseBench({ stepRows: 1 });
  const { lake } = bench;
  const others = tableSchema({ oid: 2, name: 'others', columns: { id: { kind: 'int4' } }, key: ['id'] });
  for (const table of [notes, others]) await lake.copy(table, { generation: 1, lsn: 10n }, [[]]);
  await lake.batch([], { to: 10n });
  await bench.settle();
  const insert = (table: typeof notes, lsn: bigint) => lake.file(table, [{ op: 'I', lsn, ordinal: 1, row: { id: String(lsn) } }]);
  const lost = await insert(notes, 21n);
  await lake.batch([await insert(notes, 20n), lost, await insert(notes, 22n), await insert(others, 23n), await insert(others, 24n)]);
  const bytes = await lake.store.get(lost.path);
  await lake.store.delete(lost.path);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'parked' }, { state: 'live' }]);
  const windows = 'SELECT kind, tables, steps, rows FROM tailrace.windows ORDER BY started_at';
  const front = { kind: 'front', tables: 1, steps: 2, rows: '2' };
  expect(await bench.rows(windows)).toEqual([front]);
  await lake.store.put(lost.path, bytes ?? new Uint8Array());
  await putRequest(lake.store, { kind: 'resume', table: 'public.notes', warehouseId: WAREHOUSE_ID });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live' }, { state: 'live' }]);
  expect(await bench.rows(windows)).toEqual([front, { kind: 'catch-up', tables: 1, steps: 3, rows: '3' }]);
});
