import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { collect } from '../../test/support/collect.ts';
import { LakeWriter } from '../../test/support/lake-writer.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { factsKey, parseFactsKey } from '../../lake/keys.ts';
import { readChoice } from '../../lake/choice.ts';
import { FactsStore, factsOfLast } from './facts-store.ts';
import { encodeFacts } from './stored-facts.ts';
import type { SourceFacts } from './stored-facts.ts';

/** Facts about tables with these attnums. */
function factsOf(...attnums: readonly number[]): SourceFacts {
  const of = { schema: 'a', storage: [], labels: {}, versions: {}, aheadTo: '0/0', truncatedBy: [] };
  const tables = attnums.map((maxAttnum, index) => ({ tableId: `${index + 1}_1`, maxAttnum, ...of }));
  return { timeline: 1, publications: [7], tables, gone: ['9_1'], choice: { tables: null, troubles: [] } };
}

const keysIn = async (store: MemoryStore): Promise<string[]> => (await collect(store.list('facts/'))).map(({ key }) => key);

test('what is stored is read back, and readers find the choice in it', async () => {
  const store = new MemoryStore();
  const facts = factsOf(1, 2, 3);
  for (const perTable of [true, false]) {
    const key = await new FactsStore(store, { last: null, perTable: async () => perTable }).put(encodeFacts(facts), 1);
    expect(await new FactsStore(store).get(key)).toEqual(facts);
    expect(await readChoice(store, { facts: key })).toEqual(facts.choice);
  }
});

test('a change of one table of a thousand adds one object of it, and an index', async () => {
  const store = new MemoryStore();
  const facts = new FactsStore(store);
  const all = Array.from({ length: 1_000 }, () => 3);
  await facts.put(encodeFacts(factsOf(...all)), 1);
  const before = new Set(await keysIn(store));
  await facts.put(encodeFacts(factsOf(...all.with(500, 4))), 2);
  const added = (await keysIn(store)).filter((key) => !before.has(key));
  expect(added.map((key) => parseFactsKey(key)?.tableId)).toEqual(expect.arrayContaining(['501_1', null]));
  expect(added).toHaveLength(2);
});

test('a manifest names again only what the one before it names', async () => {
  const store = new MemoryStore();
  const facts = new FactsStore(store);
  const [one, other] = [encodeFacts(factsOf(1, 2)), encodeFacts(factsOf(1, 3))];
  const keys = [
    await facts.put(one, 1),
    await facts.put(one, 2),
    await facts.put(other, 3),
    await facts.put(one, 4),
    await facts.put(encodeFacts(factsOf(1, 2)), 5),
  ];
  expect(keys.map((key) => parseFactsKey(key)?.number)).toEqual([1, 1, 3, 4, 4]);
  expect((await keysIn(store)).map((key) => parseFactsKey(key)).filter((key) => key?.tableId === '1_1')).toHaveLength(1);
  expect((await keysIn(store)).map((key) => parseFactsKey(key)?.number).filter((number) => number === 4)).toHaveLength(2);
  // Manifest 6 was put by another process, so it is not known what it names.
  expect(parseFactsKey(await facts.put(one, 7))?.number).toBe(7);
});

test('a manifest with catalog events names an index of its own, however often it is tried', async () => {
  const facts = new FactsStore(new MemoryStore());
  const same = encodeFacts(factsOf(1, 2));
  const keys: string[] = [];
  for (const [number, events] of [
    [1, true],
    [2, false],
    [3, true],
    [3, true],
    [4, false],
  ] as const)
    keys.push(await facts.put(same, number, events));
  expect(keys.map((key) => parseFactsKey(key)?.number)).toEqual([1, 1, 3, 3, 3]);
});

test('a session names again the objects of the manifest before it', async () => {
  const store = new MemoryStore();
  const key = await new FactsStore(store).put(encodeFacts(factsOf(1, 2)), 8);
  const next = new FactsStore(store, { last: { number: 8, facts: key }, perTable: async () => true });
  expect(await next.put(encodeFacts(factsOf(1, 2)), 9)).toBe(key);
  const changed = await next.put(encodeFacts(factsOf(1, 3)), 10);
  expect(await new FactsStore(store).get(changed)).toEqual(factsOf(1, 3));
  expect(await keysIn(store)).toHaveLength(5);
});

test('facts of an older lake are read, and a lake without the feature keeps their form', async () => {
  const store = new MemoryStore();
  let perTable = false;
  const facts = new FactsStore(store, { last: null, perTable: async () => perTable });
  const old = await facts.put(encodeFacts(factsOf(1)), 1);
  expect(old).toBe(factsKey(parseFactsKey(old)?.name ?? ''));
  perTable = true;
  const key = await facts.put(encodeFacts(factsOf(2)), 2);
  expect(parseFactsKey(key)?.number).toBe(2);
  expect([await facts.get(old), await facts.get(key)]).toEqual([factsOf(1), factsOf(2)]);
});

test('facts of which an object is missing are LAKE_CORRUPT that names it', async () => {
  const store = new MemoryStore();
  const facts = new FactsStore(store);
  const key = await facts.put(encodeFacts(factsOf(1, 2)), 1);
  const [missing = ''] = (await keysIn(store)).filter((other) => other !== key);
  await store.delete(missing);
  await expect(facts.get(key)).rejects.toMatchObject({ code: 'LAKE_CORRUPT', message: expect.stringContaining(missing) as string });
});

test('a writer that slept until the facts of its manifest were swept is fenced, and begins again', async () => {
  const store = new MemoryStore();
  const key = await new FactsStore(store).put(encodeFacts(factsOf(1)), 1);
  const last = { number: 1, facts: key };
  const manifests = new ManifestLog(store, silentLogger());
  expect(await factsOfLast(store, manifests, last)).toEqual(factsOf(1));
  for (const gone of await keysIn(store)) await store.delete(gone);
  await expect(factsOfLast(store, manifests, last)).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
  const lake = await LakeWriter.open(store);
  await lake.batch([]);
  await lake.batch([]);
  await expect(factsOfLast(store, manifests, last)).rejects.toMatchObject({ code: 'FENCED' });
  expect(await factsOfLast(store, manifests, null)).toBeNull();
});
