import { expect, test } from 'vitest';
import { tableSchema } from '../test/support/lake-writer.ts';
import type { LakeWriter } from '../test/support/lake-writer.ts';
import { severalNodes } from '../test/support/warehouse/several-nodes.ts';
import type { NodesBench } from '../test/support/warehouse/several-nodes.ts';
import { turnUntilIdle } from '../test/support/warehouse/warehouse-bench.ts';

const items = tableSchema({ oid: 6101, name: 'items', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });

async function change(lake: LakeWriter, op: 'I' | 'D', lsn: bigint): Promise<void> {
  await lake.batch([await lake.file(items, [{ op, lsn, ordinal: 1, row: { id: '2', body: op === 'I' ? 'late' : null } }])]);
}

/**
 * An entity whose key changes while a value of it stays unchanged: its row is staged, and the
 * staged rows are merged by the next statement. Returns what the table has then.
 */
async function keyChange(bench: NodesBench): Promise<unknown> {
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'kept' }]]);
  await bench.settle();
  await lake.batch([
    await lake.file(items, [
      { op: 'D', lsn: 20n, ordinal: 1, row: { id: '1', body: null }, keyChange: true },
      { op: 'U', lsn: 20n, ordinal: 2, row: { id: '5', body: undefined } },
    ]),
  ]);
  await bench.settle();
  await bench.server.land();
  return bench.rows('SELECT id, body FROM public.items');
}

/** Only when the test says so. */
const NEVER = 1_000_000;

const KEPT = [{ id: 5, body: 'kept' }];

test('a step reads on any node what the statement before it wrote on another', async () => {
  await using bench = await severalNodes();
  expect(await keyChange(bench)).toEqual(KEPT);
});

test('on a server that takes no notice of select_sequential_consistency, the same step goes wrong', async () => {
  await using bench = await severalNodes({ ignored: ['select_sequential_consistency'] });
  expect(await keyChange(bench).catch((error: unknown) => error)).not.toEqual(KEPT);
});

test.each([
  [[], 2],
  [['enable_parallel_replicas'], 4],
  [['parallel_distributed_insert_select'], 4],
])('rows arrive once; a server that takes no notice of %j inserts them once per node', async (ignored, rows) => {
  await using bench = await severalNodes({ ignored });
  await bench.engine.exec('CREATE TABLE default.fresh (n UInt64) ENGINE = MergeTree ORDER BY n');
  await bench.engine.exec('INSERT INTO default.fresh SELECT number FROM numbers(2)');
  expect(await bench.rows('SELECT count() AS rows FROM default.fresh')).toEqual([{ rows: String(rows) }]);
});

/**
 * The insert of a row gets no answer and runs on. The next life applies the row again, then its
 * deletion, and CLEANUP removes the tombstone. Then the insert is done, if it still runs.
 */
async function lateInsert(bench: NodesBench): Promise<unknown> {
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'one' }]]);
  await bench.settle();
  await change(lake, 'I', 20n);
  const engine = bench.failing();
  const compactor = await bench.start(engine);
  engine.failAt({ after: 0, ran: true, of: /INSERT INTO tailrace\.`t6101/ });
  await expect(turnUntilIdle(compactor)).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
  const next = await bench.start();
  await turnUntilIdle(next);
  await change(lake, 'D', 30n);
  await turnUntilIdle(next);
  await bench.engine.exec('OPTIMIZE TABLE tailrace.t6101_1_g1 FINAL CLEANUP');
  await bench.server.land();
  return bench.rows('SELECT id FROM public.items ORDER BY id');
}

test('a start ends the insert that an earlier life left running, so that no row comes back to life', async () => {
  await using bench = await severalNodes({ late: NEVER });
  expect(await lateInsert(bench)).toEqual([{ id: 1 }]);
});

test('on a server that takes no notice of query ids, the row comes back to life', async () => {
  await using bench = await severalNodes({ ignored: ['query_id'], late: NEVER });
  expect(await lateInsert(bench)).toEqual([{ id: 1 }, { id: 2 }]);
});
