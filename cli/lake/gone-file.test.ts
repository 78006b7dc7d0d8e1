import { expect, test } from 'vitest';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { sweepBelow } from '../../test/support/warehouse/lake-base.ts';
import { goneFile } from './gone-file.ts';

test('a file of a batch at or below the floor of its table was swept, and one above is lost', async () => {
  const store = new MemoryStore();
  await sweepBelow(store, { tableId: '1_1', manifest: 4 });
  const file = { path: 'data/1_1/ab-1.arrow', tableId: '1_1', table: 'public.t' };
  expect(await goneFile(store, file, 4)).toMatchObject({
    code: 'LAKE_SWEPT',
    message: expect.stringContaining('from batch 5 on') as unknown,
  });
  expect(await goneFile(store, file, 5)).toMatchObject({ code: 'LAKE_CORRUPT' });
  expect(await goneFile(store, { ...file, tableId: '2_1' }, 1)).toMatchObject({ code: 'LAKE_CORRUPT' });
});
