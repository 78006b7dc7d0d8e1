import { expect, test } from 'vitest';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { DAY_HOURS, ONE, RetainedLake } from '../../test/support/retention/retained-lake.ts';
import { BaseLog } from '../bases/base-log.ts';
import { baseChunkKey, baseRecordKey } from '../keys.ts';
import { BaseNames } from './base-names.ts';

const T = ONE.tableId;
const FIRST = { tableId: T, n: 1, done: true };

async function lakeWithBase(): Promise<{ lake: RetainedLake; store: FaultyStore; names: BaseNames; own: string[] }> {
  const lake = await RetainedLake.open();
  await lake.batch(ONE);
  const own = await lake.base(ONE, 1);
  const store = new FaultyStore(lake.memory);
  const names = new BaseNames(store, new BaseLog(store));
  return { lake, store, names, own };
}

test('the records of a whole base are read once, and those of an unfinished one each time', async () => {
  const { lake, store, names, own } = await lakeWithBase();
  for (let look = 0; look < 3; look += 1) {
    names.begin();
    expect(await names.of(FIRST)).toEqual(own);
  }
  expect(store.calls.map(({ key }) => key)).toEqual([baseRecordKey(FIRST, 'done'), baseChunkKey(FIRST, 1), baseChunkKey(FIRST, 2)]);
  const second = { tableId: T, n: 2, done: false };
  expect(await names.of(second)).toEqual([]);
  const begun = await lake.base(ONE, 2, { done: false });
  expect(await names.of(second)).toEqual(begun);
});

test('a record that goes away takes no name with it, and a base without one is read by its listing', async () => {
  const { lake, names, own } = await lakeWithBase();
  names.begin();
  await names.of(FIRST);
  await lake.memory.delete(baseChunkKey(FIRST, 1));
  names.begin();
  expect(await names.of(FIRST)).toEqual(own);
  expect(await new BaseNames(lake.memory, new BaseLog(lake.memory)).of(FIRST)).toEqual(own.slice(1));
});

test('what a whole look does not ask for is forgotten', async () => {
  const { store, names } = await lakeWithBase();
  names.begin();
  await names.of(FIRST);
  names.begin();
  names.begin();
  store.calls.length = 0;
  await names.of(FIRST);
  expect(store.calls.length).toBe(2);
});

test('a look reads the records of the bases that stay only where an earlier one has not', async () => {
  const lake = await RetainedLake.open();
  await lake.copy(ONE);
  for (let n = 1; n <= 5; n += 1) {
    await lake.batch(ONE);
    await lake.base(ONE, n);
  }
  const store = new FaultyStore(lake.memory);
  const sweeper = lake.sweeper({}, store);
  const week = 8 * DAY_HOURS;
  const records = (): string[] =>
    store.calls.flatMap(({ operation, key }) => (operation === 'get' && /0000\d+\.json/.test(key) && key.startsWith('base/') ? [key] : []));
  await lake.sweep(sweeper, week);
  expect(new Set(records()).size).toBe(10);
  expect(records().length).toBe(10);
  expect((await lake.sweep(sweeper, week + 1, week + 25, week + 50, week + 75)).length).toBeGreaterThan(0);
  expect(records().length).toBe(10);
});
