import { expect, test } from 'vitest';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { ONE, RetainedLake } from '../../test/support/retention/retained-lake.ts';

test('a turn costs one listing until the last look is known for long enough, and a look lists the lake once', async () => {
  const lake = await RetainedLake.open();
  await lake.copy(ONE);
  for (let batch = 1; batch <= 9; batch += 1) await lake.batch(ONE);
  const store = new FaultyStore(lake.memory);
  const sweeper = lake.sweeper({}, store);
  const calls = async (hour: number): Promise<string[]> => {
    store.calls.length = 0;
    await lake.sweep(sweeper, hour);
    return store.calls.map(({ operation, key }) => `${operation} ${key}`);
  };
  const look = await calls(0);
  expect(look.filter((call) => call === 'list ').length).toBe(1);
  expect(look).not.toContain('list data/');
  expect(await calls(1)).toEqual(['list sweep/', 'get sweep/1.json', 'head sweep/1.json']);
  for (const hour of [1.5, 2, 2.9]) expect(await calls(hour)).toEqual(['list sweep/']);
  expect((await calls(3)).slice(3)).toEqual(['replace sweep/clock.json', 'head sweep/clock.json']);
});

test('a look reads each manifest of a search once, however many copies there are', async () => {
  const lake = await RetainedLake.open();
  for (let batch = 1; batch <= 20; batch += 1) await lake.batch(ONE);
  for (let generation = 1; generation <= 9; generation += 1) await lake.copy(ONE, generation);
  await lake.batch(ONE);
  const store = new FaultyStore(lake.memory);
  await lake.sweep(lake.sweeper({}, store), 0);
  const searched = store.calls.slice(store.calls.findIndex(({ key }) => key === 'pin/'));
  const read = searched.flatMap(({ operation, key }) => (operation === 'get' && key.startsWith('stream/') ? [key] : []));
  expect(new Set(read).size).toBe(read.length);
});
