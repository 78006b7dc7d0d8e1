import { expect, test } from 'vitest';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { DAY_HOURS, ONE, RetainedLake, TWO } from '../../test/support/retention/retained-lake.ts';
import { baseChunkKey, baseRecordKey, chunkKey, doneKey, expiredKey, manifestKey, planKey } from '../keys.ts';
import type { KeepWish } from '../readers.ts';
import { namedChunks } from '../snapshot-log.ts';
import { readFloors } from './floors.ts';
import { checkLake } from './lake-check.ts';
import { deletePin, putPin } from './pins.ts';
import { lastLook } from './sweep-look.ts';

const T = ONE.tableId;
/** Everything in the made lake is older than the retention from here on. */
const WEEK = 8 * DAY_HOURS;

/** A copy, six batches, and bases at 2, 4 and 5, of which the second one takes an object over. */
async function madeLake(): Promise<{ lake: RetainedLake; batches: string[]; first: string[] }> {
  const lake = await RetainedLake.open();
  await lake.copy(ONE);
  const batches = [...(await lake.batch(ONE)), ...(await lake.batch(ONE))];
  const first = await lake.base(ONE, 1);
  batches.push(...(await lake.batch(ONE)), ...(await lake.batch(ONE)));
  await lake.base(ONE, 2, { takes: first[0] ?? '' });
  batches.push(...(await lake.batch(ONE)));
  await lake.base(ONE, 3);
  batches.push(...(await lake.batch(ONE)));
  return { lake, batches, first };
}

async function expectWhole(lake: RetainedLake): Promise<void> {
  const report = await checkLake(lake.memory, lake.log, { deep: true });
  expect(report.problems.filter(({ kind }) => kind !== 'unnamed')).toEqual([]);
}

/** Two looks, a grace apart, and some time for the sweeper to know them. */
async function sweepTwice(lake: RetainedLake, sweeper = lake.sweeper(), from = WEEK): Promise<string[]> {
  return lake.sweep(sweeper, from, from + 1, from + 25, from + 26, from + 52, from + 53);
}

test('what the second newest base makes needless goes one grace after it was put on the list', async () => {
  const { lake, batches, first } = await madeLake();
  const copied = (await namedChunks(lake.memory, { tableId: T, generation: 1 })).map(({ path }) => path);
  const sweeper = lake.sweeper();
  expect(await lake.sweep(sweeper, WEEK, WEEK + 20)).toEqual([]);
  expect(await readFloors(lake.memory)).toEqual(new Map([[T, 4]]));
  const gone = await lake.sweep(sweeper, WEEK + 25);
  const of = { tableId: T, n: 1 };
  const records = [
    baseRecordKey(of, 'done'),
    baseRecordKey(of, 'plan'),
    baseRecordKey(of, 'proof'),
    baseChunkKey(of, 1),
    baseChunkKey(of, 2),
  ];
  const copy = { tableId: T, generation: 1 };
  const expected = [...batches.slice(0, 4), ...copied, chunkKey(copy, 1), chunkKey(copy, 2), ...records, first[1] ?? ''];
  expect(gone.toSorted()).toEqual(expected.toSorted());
  // The second base names it.
  expect(await lake.memory.head(first[0] ?? '')).not.toBeNull();
  expect(await lake.memory.head(planKey(copy))).not.toBeNull();
  expect(await lake.memory.head(doneKey(copy))).not.toBeNull();
  await expectWhole(lake);
  expect(await lake.sweep(sweeper, WEEK + 26, WEEK + 52, WEEK + 80)).toEqual([]);
});

test('an object that was taken over goes with the last base that names it', async () => {
  const { lake, first } = await madeLake();
  await sweepTwice(lake);
  await lake.base(ONE, 4);
  await lake.batch(ONE);
  await lake.base(ONE, 5);
  expect(await sweepTwice(lake, lake.sweeper(), 2 * WEEK)).toContain(first[0]);
  expect(await lake.keys(`base/${T}/1/`)).toEqual([]);
  await expectWhole(lake);
});

test('a reader that registers between look and deletion keeps what it needs', async () => {
  const { lake, batches } = await madeLake();
  const sweeper = lake.sweeper();
  await lake.sweep(sweeper, WEEK, WEEK + 1);
  await lake.reader('late', { [T]: { manifest: 2, source: { base: 1 } } });
  const gone = await lake.sweep(sweeper, WEEK + 25);
  for (const path of batches.slice(2)) expect(gone).not.toContain(path);
  expect(await lake.keys(`base/${T}/1/`)).toHaveLength(7);
  expect(await lake.keys('snapshot/')).toHaveLength(2);
  // A floor does not sink, and what was kept goes once it is free.
  expect(await readFloors(lake.memory)).toEqual(new Map([[T, 4]]));
  await lake.reader('late', { [T]: { manifest: 6, source: null } });
  const later = await sweepTwice(lake, sweeper, WEEK + 50);
  expect(later).toEqual(expect.arrayContaining(batches.slice(2, 4)));
  expect(await lake.keys(`base/${T}/1/`)).toHaveLength(1);
  await expectWhole(lake);
});

test('a pin that is put between look and deletion holds, until it is deleted', async () => {
  const { lake, batches } = await madeLake();
  const sweeper = lake.sweeper();
  await lake.sweep(sweeper, WEEK, WEEK + 1);
  expect(await putPin(lake.memory, { name: 'audit', manifest: 3, glob: 'public.o*', at: '' })).toBe(true);
  expect(await putPin(lake.memory, { name: 'audit', manifest: 1, glob: null, at: '' })).toBe(false);
  const gone = await lake.sweep(sweeper, WEEK + 25, WEEK + 50, WEEK + 75);
  expect(gone).toEqual(expect.arrayContaining(batches.slice(0, 2)));
  for (const path of batches.slice(2)) expect(gone).not.toContain(path);
  expect((await lastLook(lake.memory))?.look.floors).toMatchObject([{ heldBy: 'pin audit' }]);
  expect(await deletePin(lake.memory, 'audit')).toBe(true);
  expect(await deletePin(lake.memory, 'audit')).toBe(false);
  expect(await sweepTwice(lake, sweeper, WEEK + 100)).toEqual(expect.arrayContaining(batches.slice(2, 4)));
  await expectWhole(lake);
});

test('a pin of another table holds nothing', async () => {
  const { lake, batches } = await madeLake();
  await putPin(lake.memory, { name: 'audit', manifest: 1, glob: 'public.two', at: '' });
  expect(await sweepTwice(lake)).toEqual(expect.arrayContaining(batches.slice(0, 4)));
});

test('a reader that is silent for 29 days is waited for; after 31 days it is expired, and finds it', async () => {
  const { lake, batches } = await madeLake();
  await lake.reader('silent', { [T]: { manifest: 1, source: null } });
  const sweeper = lake.sweeper();
  expect((await sweepTwice(lake, sweeper, 26 * DAY_HOURS)).filter((key) => key.startsWith('data/'))).toEqual([batches[0]]);
  await lake.sweep(sweeper, 29 * DAY_HOURS);
  expect(await lake.memory.head(expiredKey('silent', 1))).toBeNull();
  expect((await lastLook(lake.memory))?.look.floors).toMatchObject([{ manifest: 1, heldBy: 'reader silent' }]);
  await lake.sweep(sweeper, 31 * DAY_HOURS);
  expect(await lake.memory.head(expiredKey('silent', 1))).not.toBeNull();
  expect(await lake.memory.head(batches[1] ?? '')).not.toBeNull();
  expect(await readFloors(lake.memory)).toEqual(new Map([[T, 4]]));
  await lake.sweep(sweeper, 31 * DAY_HOURS + 3, 32 * DAY_HOURS + 3);
  expect(await lake.memory.head(batches[1] ?? '')).toBeNull();
  // Once it has begun again, it holds what it needs, and is expired by the next number.
  await lake.reader('silent', { [T]: { manifest: 5, source: { base: 3 } } }, { expiries: 1 });
  await lake.batch(ONE);
  await lake.base(ONE, 4);
  await lake.base(ONE, 5);
  await lake.sweep(sweeper, 50 * DAY_HOURS, 50 * DAY_HOURS + 3);
  expect((await lastLook(lake.memory))?.look.floors).toMatchObject([{ manifest: 5, heldBy: 'reader silent' }]);
  await lake.sweep(sweeper, 70 * DAY_HOURS, 70 * DAY_HOURS + 3);
  expect(await lake.memory.head(expiredKey('silent', 2))).not.toBeNull();
  await expectWhole(lake);
});

test('a base without a proof, and one that was judged unequal, free nothing', async () => {
  for (const proof of [null, false]) {
    const lake = await RetainedLake.open();
    await lake.copy(ONE);
    for (const n of [1, 2, 3]) {
      await lake.batch(ONE);
      await lake.base(ONE, n, { proof });
    }
    expect(await sweepTwice(lake)).toEqual([]);
    expect((await lastLook(lake.memory))?.look.floors).toMatchObject([{ manifest: 0, heldBy: 'no proven base' }]);
    const trusting = await sweepTwice(lake, lake.sweeper({ baseProof: 'none' }), 2 * WEEK);
    expect(trusting.length > 0).toBe(proof === null);
  }
});

test('nothing goes that is younger than the retention of its table, by the clock of the store', async () => {
  const { lake } = await madeLake();
  const young = lake.sweeper({ retentionMs: () => 30 * DAY_HOURS * 3_600_000 });
  expect(await sweepTwice(lake, young)).toEqual([]);
  const forever = lake.sweeper({ retentionMs: () => null });
  expect(await sweepTwice(lake, forever, 40 * DAY_HOURS)).toEqual([]);
  expect((await lastLook(lake.memory))?.look.floors).toMatchObject([{ heldBy: 'retention for ever' }]);
});

test('what any registered warehouse asks to keep is kept', async () => {
  const day = DAY_HOURS * 3_600_000;
  const usual: KeepWish = { retention: 7 * day, tables: [], bases: 2, proof: 'rebuild' };
  const longer: KeepWish[] = [
    { ...usual, retention: 'forever' },
    { ...usual, retention: 60 * day },
    { ...usual, tables: [{ glob: 'public.o*', retention: 60 * day }] },
    { ...usual, bases: 4 },
  ];
  for (const keeps of longer) {
    const { lake } = await madeLake();
    await lake.reader('other', {}, { keeps });
    expect([keeps, await sweepTwice(lake)]).toEqual([keeps, []]);
    // It has been silent for too long.
    expect(await sweepTwice(lake, lake.sweeper(), 40 * DAY_HOURS)).not.toEqual([]);
  }
  const shorter: KeepWish = { retention: 0, tables: [{ glob: 'public.two', retention: 'forever' }], bases: 1, proof: 'none' };
  const { lake, batches } = await madeLake();
  await lake.reader('other', {}, { keeps: shorter });
  const gone = await sweepTwice(lake);
  expect(batches.map((path) => gone.includes(path))).toEqual([true, true, true, true, false, false]);
});

test('a base without a proof frees nothing while a warehouse would not begin with it', async () => {
  const lake = await RetainedLake.open();
  await lake.copy(ONE);
  for (const n of [1, 2, 3]) {
    await lake.batch(ONE);
    await lake.base(ONE, n, { proof: null });
  }
  const keeps = { retention: 0, tables: [], bases: 1, proof: 'rebuild' };
  await lake.reader('other', {}, { keeps });
  const trusting = lake.sweeper({ baseProof: 'none' });
  expect(await sweepTwice(lake, trusting)).toEqual([]);
  await lake.reader('other', {}, { keeps: { ...keeps, proof: 'none' } });
  expect(await sweepTwice(lake, trusting, 2 * WEEK)).not.toEqual([]);
});

test('tables without a base keep their data, and do not hold other tables', async () => {
  const { lake } = await madeLake();
  const both = await lake.batch(ONE, TWO);
  const gone = await sweepTwice(lake);
  expect(gone.length).toBeGreaterThan(5);
  expect(gone).not.toContain(both[1]);
  expect(await readFloors(lake.memory)).toEqual(
    new Map([
      [T, 4],
      [TWO.tableId, 0],
    ]),
  );
  await expectWhole(lake);
});

test('a table that was dropped goes whole, except what numbers its next copy and base', async () => {
  const { lake } = await madeLake();
  await lake.writer.batch([], { catalog: [{ kind: 'dropped', table: 'public.one', tableId: T }] });
  await lake.reader('w', { [T]: null });
  await sweepTwice(lake);
  expect(await lake.keys('data/')).toEqual([]);
  expect(await lake.keys('snapshot/')).toEqual([doneKey({ tableId: T, generation: 1 }), planKey({ tableId: T, generation: 1 })]);
  expect(await lake.keys('base/')).toEqual([baseRecordKey({ tableId: T, n: 3 }, 'plan')]);
  await expectWhole(lake);
});

test('a table of an epoch that has ended goes whole once it lives in a newer one', async () => {
  const { lake } = await madeLake();
  const next = { ...ONE, epoch: 2, tableId: '1_2' };
  await lake.writer.epoch(1);
  await lake.writer.epoch(2);
  const later = await lake.batch(next);
  expect(await sweepTwice(lake)).not.toEqual([]);
  expect((await lake.keys(`data/${T}/`)).length).toBe(2);
  await lake.copy(next);
  await sweepTwice(lake, lake.sweeper(), 2 * WEEK);
  expect(await lake.keys(`data/${T}/`)).toEqual([]);
  expect(await lake.keys(`snapshot/${T}/`)).toEqual([]);
  expect(await lake.keys(`base/${T}/`)).toEqual([]);
  expect(await lake.keys('data/')).toEqual(later);
  await expectWhole(lake);
});

test('while a base is written, the one before stays: its objects are taken over', async () => {
  const { lake } = await madeLake();
  await lake.base(ONE, 4, { done: false });
  await lake.copy(ONE, 2);
  await lake.batch(ONE);
  await sweepTwice(lake, lake.sweeper({ keepBases: 1 }));
  expect(await lake.keys(`base/${T}/3/`)).toHaveLength(7);
  expect(await lake.keys(`base/${T}/2/`)).toEqual([]);
  expect(await lake.keys(`base/${T}/4/`)).toHaveLength(5);
});

test('a base that was broken off goes after a week, once another one has followed', async () => {
  const { lake } = await madeLake();
  const own = await lake.base(ONE, 4, { done: false });
  await sweepTwice(lake);
  for (const key of own) expect(await lake.memory.head(key)).not.toBeNull();
  lake.at(WEEK + 60);
  await lake.base(ONE, 5);
  await sweepTwice(lake, lake.sweeper(), WEEK + 100);
  expect(await lake.keys(`base/${T}/4/`)).toEqual([]);
  await expectWhole(lake);
});

test('a later look reads only the manifests between the floors', async () => {
  const { lake } = await madeLake();
  const sweeper = lake.sweeper();
  await sweepTwice(lake, sweeper);
  for (let n = 0; n < 30; n += 1) await lake.batch(ONE);
  await lake.base(ONE, 4);
  await lake.base(ONE, 5);
  await lake.memory.delete(manifestKey(1));
  expect(await lake.sweep(sweeper, 2 * WEEK, 2 * WEEK + 25, 2 * WEEK + 26, 2 * WEEK + 52)).not.toEqual([]);
});

test('a look reads nothing but the plan of the first base while it is written', async () => {
  const lake = await RetainedLake.open();
  await lake.copy(ONE);
  await lake.batch(ONE);
  await lake.base(ONE, 1, { done: false });
  const store = new FaultyStore(lake.memory);
  await lake.sweep(lake.sweeper({}, store), WEEK);
  const read = store.calls.flatMap(({ operation, key }) => (operation === 'get' && key.startsWith('base/') ? [key] : []));
  expect(read).toEqual([baseRecordKey({ tableId: T, n: 1 }, 'plan')]);
});

test('a sweeper that does not delete named objects puts the floors all the same', async () => {
  const { lake } = await madeLake();
  const { Sweeper } = await import('./sweep.ts');
  const sweeper = new Sweeper(lake.memory, lake.log);
  expect(await sweepTwice(lake, sweeper)).toEqual([]);
  expect(await readFloors(lake.memory)).toEqual(new Map([[T, 4]]));
});
