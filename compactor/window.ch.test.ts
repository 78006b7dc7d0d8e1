import { expect, test } from 'vitest';
import { FailingEngine } from '../test/support/warehouse/failing-engine.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { raisedHere } from '../warehouse/clickhouse-code.ts';

const notes = tableSchema({ oid: 1, name: 'notes', columns: { id: { kind: 'int4' } }, key: ['id'] });
const OUT_OF_MEMORY = 241;

/** Has memory for inserts from so many files and no more. */
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
