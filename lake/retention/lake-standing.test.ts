import { expect, test } from 'vitest';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { LakeStandingReading, NO_STANDING } from './lake-standing.ts';
import { putLook } from './sweep-look.ts';
import type { SweepLook, TableFloor } from './sweep-look.ts';

const floor = (table: string, manifest: number, heldBy: string): TableFloor => ({ tableId: table, table, manifest, heldBy, sweptTo: 0 });

function look(number: number, floors: TableFloor[]): SweepLook {
  const nothing = { named: {}, unnamed: [], removed: [], unfinished: [] };
  return { number, manifest: { number: 9, hash: 'x' }, ...nothing, floors, size: { objects: 10 * number, bytes: 100 }, growthPerDay: 5 };
}

test('the standing is that of the last look: size, lowest floor, and what holds tables up', async () => {
  const store = new FaultyStore(new MemoryStore(() => new Date(1000)));
  const reading = new LakeStandingReading(store);
  expect(await reading.read(0)).toEqual(NO_STANDING);
  const gone = { ...floor('public.gone', 1, 'its end'), whole: true };
  await putLook(
    store,
    look(1, [floor('public.a', 7, 'kept bases'), floor('public.b', 4, 'reader w'), floor('public.c', 6, 'retention'), gone]),
  );
  const standing = { objects: 10, bytes: 100, sizedAt: '1970-01-01T00:00:01.000Z', growthPerDay: 5, floor: 4 };
  expect(await reading.read(60_000)).toEqual({ ...standing, heldBy: [{ table: 'public.b', reason: 'reader w' }] });
  // One request a minute asks for a later look.
  store.calls.length = 0;
  await reading.read(61_000);
  expect(store.calls).toEqual([]);
  await reading.read(120_000);
  expect(store.calls).toEqual([{ operation: 'head', key: 'sweep/2.json' }]);
  await putLook(store, look(2, []));
  expect(await reading.read(180_000)).toEqual({ ...standing, objects: 20, floor: null, heldBy: [] });
});
