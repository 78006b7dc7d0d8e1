import { expect, test } from 'vitest';
import { BaseLog } from '../../lake/bases/base-log.ts';
import { putRequest } from '../../lake/control.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { scratch } from '../../test/support/scratch.ts';
import { later, turnUntilIdle, warehouseBench, WAREHOUSE_ID } from '../../test/support/warehouse/warehouse-bench.ts';

const orders = tableSchema({ oid: 5401, name: 'orders', columns: { id: { kind: 'int8' } }, key: ['id'] });

test('live tables move on while a chunk of a base is stored', async () => {
  await using folder = await scratch('held-base');
  const store = new FaultyStore(new DirectoryStore(folder.path));
  await using bench = await warehouseBench({ store });
  const { lake } = bench;
  const add = async (id: number): Promise<void> =>
    void (await lake.batch([await lake.file(orders, [{ op: 'I', lsn: BigInt(id * 10), ordinal: 1, row: { id: String(id) } }])]));
  await lake.copy(orders, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await add(2);
  await bench.settle();
  const held = Promise.withResolvers<void>();
  const chunk = { isHeld: false };
  const hold = { kind: 'hold', until: held.promise, onHeld: () => (chunk.isHeld = true) } as const;
  store.set({ on: 'putStream', key: /^base\//, times: 1, fault: hold });
  await putRequest(store, { kind: 'base', table: 'public.orders', warehouseId: WAREHOUSE_ID });
  const compactor = await bench.start();
  while (!chunk.isHeld) await compactor.turn(later(2_000));
  await add(3);
  await compactor.turn(later(4_000));
  expect(await bench.rows('SELECT id FROM public.orders ORDER BY id')).toEqual(['1', '2', '3'].map((id) => ({ id })));
  const bases = new BaseLog(store);
  expect(await bases.whole(orders.tableId)).toEqual([]);
  held.resolve();
  await turnUntilIdle(compactor);
  const [base, ...others] = await bases.whole(orders.tableId);
  expect(others).toEqual([]);
  expect([base?.plan.manifest, base?.done.rows, base?.proof?.equal]).toEqual([1, 2, true]);
});
