import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { BaseLog, putBaseDone, putBasePlan, putBaseProof, readBaseChunk } from '../../lake/bases/base-log.ts';
import type { BaseChunk } from '../../lake/bases/base-log.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import { putLook } from '../../lake/retention/sweep-look.ts';
import { createWriter } from '../../lake/writer.ts';
import { collect } from '../../test/support/collect.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { ModelBaseSource } from '../../test/simulation/model-base-source.ts';
import type { BaseTable } from './base-source.ts';
import { BaseWriter } from './base-writer.ts';
import type { BaseOutcome } from './base-writer.ts';

const TABLE: BaseTable = { tableId: '7_1', table: 'public.t', schema: 'a', identity: 'key', epoch: 1, generation: 1, storage: 't7_1_g1' };

function play(start: Iterable<readonly [string, string]>, chunkRows = 3) {
  const store = new MemoryStore();
  const rows = new Map(start);
  const source = new ModelBaseSource(store, () => rows);
  const bases = new BaseLog(store);
  const manifests = { read: (number: number) => Promise.resolve(manifestOf(number)) };
  const parts = { store, bases, manifests, source, program: 'test', time: { wall: () => 0 }, limits: { rows: chunkRows } };
  const writer = (warehouseId: string): BaseWriter => new BaseWriter({ ...parts, warehouseId, writer: createWriter() });
  const write = (manifest: number, by = writer('one')) =>
    by.write(TABLE, { manifest, hash: manifestOf(manifest).hash, lsn: BigInt(manifest) * 10n });
  return { store, rows, source, bases, writer, write };
}

function manifestOf(number: number): StoredManifest {
  const of = { number, epoch: 1, writer: 'w', from: '0/0', to: '0/1', commitTimes: null, heartbeat: true, files: [], catalog: [] };
  return { ...of, hash: `sha256:${String(number).padStart(64, '0')}` };
}

const ROWS = Array.from('abcdefghij', (key) => [key, '1'] as const);

async function end(writing: AsyncGenerator<void, BaseOutcome>): Promise<BaseOutcome> {
  for (;;) {
    const slice = await writing.next();
    if (slice.done === true) return slice.value;
  }
}

async function chunksOf(store: MemoryStore, n: number): Promise<BaseChunk[]> {
  const base = await new BaseLog(store).read({ tableId: TABLE.tableId, n });
  const numbers = Array.from({ length: base?.done.chunks ?? 0 }, (_, index) => index + 1);
  return (await Promise.all(numbers.map((chunk) => readBaseChunk(store, { tableId: TABLE.tableId, n }, chunk)))).filter(
    (one) => one !== null,
  );
}

test('chunks whose rows are the same are taken over by name, and the others are written', async () => {
  const { store, rows, source, write } = play(ROWS);
  expect(await end(write(1))).toMatchObject({ kind: 'done', n: 1, rows: 10 });
  const first = await chunksOf(store, 1);
  expect(first.map(({ minKey, maxKey }) => [minKey[0], maxKey[0]])).toEqual([
    ['a', 'c'],
    ['d', 'f'],
    ['g', 'i'],
    ['j', 'j'],
  ]);
  rows.set('e', '2').set('ff', '1').set('k', '1');
  expect(await end(write(2))).toMatchObject({ kind: 'done', n: 2, rows: 12 });
  const second = await chunksOf(store, 2);
  expect(second.map(({ path }) => path.split('/')[2])).toEqual(['1', '2', '2', '1', '1', '2']);
  expect(second.map(({ minKey, maxKey }) => `${minKey[0]}-${maxKey[0]}`)).toEqual(['a-c', 'd-f', 'ff-ff', 'g-i', 'j-j', 'k-k']);
  rows.delete('a');
  expect(await end(write(3))).toMatchObject({ kind: 'done', n: 3, rows: 11 });
  expect((await chunksOf(store, 3)).map(({ path }) => path.split('/')[2])).toEqual(['3', '2', '2', '1', '1', '2']);
  expect(source.clones).toBe(0);
});

test('many small chunks are written again at some time', async () => {
  const { store, rows, write } = play(ROWS, 1_000);
  for (let n = 1; n <= 60; n += 1) {
    rows.set(`k${String(n).padStart(3, '0')}`, '1');
    expect(await end(write(n))).toMatchObject({ kind: 'done', n });
  }
  const counts = await Promise.all(Array.from({ length: 60 }, async (_, index) => (await chunksOf(store, index + 1)).length));
  expect(Math.max(...counts)).toBeLessThan(40);
  expect(counts.some((count, index) => count < (counts[index - 1] ?? 0))).toBe(true);
});

test('nothing is written of a clone after which the warehouse was not confirmed, and the clone goes', async () => {
  const { store, source, bases, write } = play(ROWS);
  const taken = new TailraceError('WAREHOUSE_TAKEN', 'another process has a later lease');
  source.confirm = () => Promise.reject(taken);
  await expect(write(1).next()).rejects.toBe(taken);
  expect([source.clones, await bases.listed(TABLE.tableId), await collect(store.list(''))]).toEqual([0, [], []]);
});

test('a number that two warehouses begin is left by one, and ended by the other', async () => {
  const { source, bases, write, writer } = play(ROWS);
  const [one, other] = [write(1), write(1, writer('other'))];
  const list = bases.listed.bind(bases);
  // Both have looked before either has put its plan.
  const looked = await list(TABLE.tableId);
  bases.listed = () => Promise.resolve(looked);
  await one.next();
  expect(await end(other)).toMatchObject({ kind: 'left' });
  bases.listed = list;
  expect(await end(one)).toMatchObject({ kind: 'done', n: 1 });
  expect(source.clones).toBe(0);
});

test('a base that was begun and not ended is followed by the next number, and one as new is left', async () => {
  const { store, bases, source, write } = play(ROWS);
  const broken = write(1);
  await broken.next();
  await broken.next();
  await broken.return({ kind: 'left', reason: 'the test', newest: false });
  expect(source.clones).toBe(0);
  expect(await end(write(2))).toMatchObject({ kind: 'done', n: 2 });
  expect((await bases.whole(TABLE.tableId)).map(({ plan }) => [plan.n, plan.from])).toEqual([[2, null]]);
  expect(await end(write(2))).toMatchObject({ kind: 'left' });
  await putBaseProof(store, { tableId: TABLE.tableId, n: 2, by: 'rebuild', equal: false, at: '' });
  expect(await end(write(3))).toMatchObject({ kind: 'done', n: 3 });
  expect((await bases.whole(TABLE.tableId)).map(({ plan }) => [plan.n, plan.from])).toEqual([
    [2, null],
    [3, null],
  ]);
});

test('a base is not done when the lake gives back other rows than were put', async () => {
  const { store, bases, write } = play(ROWS);
  const writing = write(1);
  for (let slice = 0; slice < 3; slice += 1) await writing.next();
  const [data] = [...(await keysOf(store))].filter((key) => key.endsWith('.arrow'));
  await store.replace(data ?? '', Buffer.from(JSON.stringify([['a', '2']])));
  expect(await end(writing)).toMatchObject({ kind: 'unequal', n: 1 });
  expect(await bases.whole()).toEqual([]);
});

test('the plan of another table, or of an unfinished base of another warehouse, takes no number', async () => {
  const { store, write } = play(ROWS);
  await end(write(1));
  const plan = await new BaseLog(store).plan({ tableId: TABLE.tableId, n: 1 });
  if (plan === null) throw new Error('no plan');
  await putBasePlan(store, { ...plan, n: 2, writtenBy: 'other' });
  await putBasePlan(store, { ...plan, tableId: '8_1', n: 9 });
  expect(await end(write(2))).toMatchObject({ kind: 'done', n: 3 });
});

async function keysOf(store: MemoryStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

test('a base of a history that the lake has lost is neither as new nor taken over', async () => {
  const { store, write } = play(ROWS);
  await end(write(1));
  const plan = await new BaseLog(store).plan({ tableId: TABLE.tableId, n: 1 });
  if (plan === null) throw new Error('no plan');
  const lost = { tableId: TABLE.tableId, n: 2, chunks: 0, rows: 0, bytes: 0, contentHash: '0' };
  await putBasePlan(store, { ...plan, n: 2, manifest: 9, hash: `sha256:${'f'.repeat(64)}` });
  await putBaseDone(store, lost);
  expect(await end(write(5))).toMatchObject({ kind: 'done', n: 3, written: 0 });
});

test('chunks of a base below the floor of its table are not taken over', async () => {
  const { store, write } = play(ROWS);
  await end(write(1));
  const floors = [{ tableId: TABLE.tableId, table: TABLE.table, manifest: 2, heldBy: '', sweptTo: 0 }];
  const manifest = { number: 5, hash: manifestOf(5).hash };
  await putLook(store, { number: 1, manifest, named: {}, unnamed: [], removed: [], unfinished: [], floors });
  const second = await end(write(5));
  expect(second).toMatchObject({ kind: 'done', n: 2 });
  expect(second.kind === 'done' && second.written === second.bytes).toBe(true);
});

test('the proof of a base begins with one that was proven, and else with the copy', async () => {
  const { store, bases, write } = play(ROWS);
  const froms: (number | null | undefined)[] = [];
  const judged = { tableId: TABLE.tableId, by: 'rebuild', at: '' } as const;
  for (const [n, equal] of [true, null, false, null].entries()) {
    await end(write(n + 1));
    froms.push((await bases.plan({ tableId: TABLE.tableId, n: n + 1 }))?.from);
    if (equal !== null) await putBaseProof(store, { ...judged, n: n + 1, equal });
  }
  expect(froms).toEqual([null, 1, 1, 1]);
});

test('a base lists the bases of its table once', async () => {
  const { store, write } = play(ROWS);
  await end(write(1));
  const listed: string[] = [];
  const list = store.list.bind(store);
  store.list = (prefix, startAfter) => {
    listed.push(prefix);
    return list(prefix, startAfter);
  };
  expect(await end(write(2))).toMatchObject({ kind: 'done', n: 2 });
  expect(listed.filter((prefix) => prefix.startsWith('base/'))).toEqual(['base/7_1/']);
});
