import { expect, test } from 'vitest';
import { BaseProver } from '../../compactor/base/base-prover.ts';
import type { BaseClone, KeyBound, KeyRange } from '../../compactor/base/base-source.ts';
import { BaseWriter } from '../../compactor/base/base-writer.ts';
import { SqlBaseSource } from '../../compactor/base/sql-base-source.ts';
import { silentLogger } from '../../core/log.ts';
import { parseLsn } from '../../core/lsn.ts';
import { systemTime } from '../../core/time.ts';
import { BaseLog, putBaseProof, readBaseChunks } from '../../lake/bases/base-log.ts';
import type { Base, BaseChunk } from '../../lake/bases/base-log.ts';
import { putRequest } from '../../lake/control.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { DEFAULT_POLICY } from '../../lake/retention/sweep-policy.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { createWriter } from '../../lake/writer.ts';
import { tableSchema } from '../support/lake-writer.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { benchContext, liveTable, writeBase } from '../support/warehouse/base-bench.ts';
import { warehouseBench, WAREHOUSE_ID } from '../support/warehouse/warehouse-bench.ts';
import { Random } from '../world/random.ts';
import { Calls } from './calls.ts';
import { compactor } from './compactor-role.ts';
import { ModelBaseSource, sumOf } from './model-base-source.ts';
import { rebuiltRows } from './model-rebuild.ts';
import { currentRows } from './model-rows.ts';
import type { Change, ModelRows } from './model-rows.ts';
import { ModelWarehouse } from './model-warehouse.ts';
import { TwinLakes } from './twin-lakes.ts';

/** Each has rows of its own, beside those of the others in one table. */
const CASES = Array.from({ length: 200 }, (_, index) => index);
const KEYS = 5;
const CHUNK_ROWS = 40;
const POINT = 100;

const schema = tableSchema({
  oid: 9101,
  name: 'twin',
  columns: { id: { kind: 'text' }, value: { kind: 'text' } },
  key: ['id'],
});
const TABLE = {
  tableId: schema.tableId,
  table: 'public.twin',
  schema: 'a',
  identity: 'key',
  epoch: 1,
  generation: 1,
  storage: '',
} as const;

/** The same number of digits for all, so that texts and numbers have one order. */
function keyOf(one: number, key: number): number {
  return 10_000 + one * 10 + key;
}

/** Rows of all cases that the source had below the point of the copy, in chunks. */
function copied(random: Random): ModelRows[] {
  const chunks: ModelRows[] = [new Map(), new Map(), new Map()];
  for (const one of CASES)
    for (let key = 1; key <= KEYS; key += 1)
      if (random.chance(0.5)) random.pick(chunks).set(keyOf(one, key), { version: 0, value: `copied ${key}` });
  return chunks;
}

/** Changes of some cases in transactions from a position on, in the order of the log, in files. */
function changed(random: Random, cases: readonly number[], from: number): Change[][] {
  const changes = cases.flatMap((one) =>
    Array.from({ length: random.between(0, 4) }, (): Change => ({
      lsn: from + 10 * random.between(0, 5),
      key: keyOf(one, random.between(1, KEYS)),
      value: random.chance(0.3) ? null : `${random.between(1, 3)}`,
    })),
  );
  const ordered = changes.toSorted((one, other) => one.lsn - other.lsn);
  // A transaction may lie in two files.
  const cut = random.between(0, ordered.length);
  return [ordered.slice(0, cut), ordered.slice(cut)];
}

/** A run of rows of one case, open on either side now and then. */
function someRange(random: Random, one: number): KeyRange {
  const bound = (least: number, most: number): KeyBound => ({
    key: [String(keyOf(one, random.between(least, most)))],
    included: random.chance(0.5),
  });
  const from = one === 0 && random.chance(0.5) ? null : bound(0, 3);
  return { from, to: one === CASES.at(-1) && random.chance(0.5) ? null : bound(2, 6) };
}

/** Reads the model's lake to its end with the compactor of the simulation. */
async function readBy(warehouse: ModelWarehouse, { store, random, calls: most }: { store: MemoryStore; random: Random; calls?: number }) {
  const last = (await new ManifestLog(store, silentLogger()).last())?.number ?? 0;
  const calls = new Calls(random, { faulty: 0, passedMs: () => 0 });
  const wrongs: string[] = [];
  const progress = { there: false };
  const wrong = (what: string): void => void wrongs.push(what);
  const judge = { shown: () => {}, history: { events: () => [] }, contentAt: () => '', early: { hasHeard: () => true } };
  const source = { tableIds: [schema.tableId] };
  const world = {
    warehouse: () => warehouse,
    goal: () => last,
    isAwake: () => true,
    isFaulty: () => false,
    policy: DEFAULT_POLICY,
    judge,
    source,
  };
  const process = {
    name: 'model',
    store,
    time: systemTime,
    random,
    calls,
    world: world as never,
    wrong,
    progress: () => (progress.there = true),
  };
  void compactor(warehouse.id)(process).catch((error: unknown) => wrong(String(error)));
  for (let call = 0; call < (most ?? 1_000) && !progress.there; call += 1) await calls.endOne(() => true, false);
  expect(wrongs).toEqual([]);
  return progress.there;
}

function liveRows({ generations, storages }: ModelWarehouse): ModelRows {
  const live = [...generations.values()].findLast(({ state }) => state === 'live');
  return storages.get(live?.storage ?? '') ?? new Map();
}

async function copyOf(store: MemoryStore): Promise<MemoryStore> {
  const copy = new MemoryStore();
  for await (const { key } of store.list('')) await copy.put(key, (await store.get(key)) ?? new Uint8Array());
  return copy;
}

/** What an engine says about some rows of a clone, without its own kind of hash. */
async function answers(clone: BaseClone, range: KeyRange, rows: number): Promise<{ said: object; hash: bigint }> {
  const { hash, ...facts } = await clone.facts(range);
  return { said: { ...facts, cut: await clone.cut(range, rows) }, hash };
}

/** Two kinds of hashes tell the same rows apart. */
function expectAlike(pairs: readonly (readonly [one: bigint, other: bigint])[]): void {
  expect(new Set(pairs.map(([one]) => one)).size).toBe(new Set(pairs.map((pair) => pair.join())).size);
  expect(new Set(pairs.map(([, other]) => other)).size).toBe(new Set(pairs.map((pair) => pair.join())).size);
}

async function newestBase(store: ObjectStore): Promise<{ base: Base; chunks: BaseChunk[] }> {
  const base = (await new BaseLog(store).whole(schema.tableId)).at(-1);
  if (base === undefined) throw new Error('no base is whole');
  return {
    base,
    chunks: await readBaseChunks(
      store,
      base.plan,
      Array.from({ length: base.done.chunks }, (_, index) => index + 1),
    ),
  };
}

/** Rows of each chunk, and the base that has written them. */
function shape(chunks: readonly BaseChunk[]): unknown[] {
  return chunks.map(({ rows, minKey, maxKey, path }) => [rows, minKey, maxKey, path.split('/')[2]]);
}

test('chDB and the model answer alike about 200 random tables', async () => {
  await using bench = await warehouseBench();
  const random = new Random(19);
  const [lakes, model, warehouse] = [new TwinLakes(bench.lake, schema), new MemoryStore(), new ModelWarehouse('model')];
  const manifests = new ManifestLog(model, silentLogger());
  const rowsOf = (): ReadonlyMap<string, string> => currentRows(liveRows(warehouse));

  /** Both have read all that is there, some of it twice: they show the same rows. */
  const agree = async (reader = warehouse): Promise<void> => {
    const failing = bench.failing();
    await failing.breakOff({ after: random.between(0, 12), ran: random.chance(0.5) }, async () => void (await bench.settle(failing)));
    await bench.settle();
    await lakes.mirror(model);
    await readBy(reader, { store: await copyOf(model), random, calls: random.between(0, 30) });
    expect(await readBy(reader, { store: await copyOf(model), random })).toBe(true);
    const shown = await bench.rows<{ id: string; value: string }>('SELECT id, value FROM public.twin ORDER BY id');
    expect(shown.length).toBeGreaterThan(CASES.length);
    expect(new Map(shown.map(({ id, value }) => [id, value]))).toEqual(currentRows(liveRows(reader)));
  };

  const ranges = CASES.map((one) => ({ range: someRange(random, one), rows: random.between(1, 3) }));
  const hashes: (readonly [bigint, bigint])[] = [];
  /** Both answer alike about some rows of each case. */
  const compare = async (cases: readonly number[]): Promise<void> => {
    const context = await benchContext(bench);
    const { tableOf } = await liveTable(context, 'twin');
    const [ours, theirs] = [await new SqlBaseSource(context).clone(tableOf), await new ModelBaseSource(model, rowsOf).clone(TABLE)];
    expect(await ours.count()).toBe(await theirs.count());
    for (const one of cases) {
      const { range, rows } = ranges[one] ?? { range: { from: null, to: null }, rows: 1 };
      const [our, their] = [await answers(ours, range, rows), await answers(theirs, range, rows)];
      expect(our.said).toEqual(their.said);
      hashes.push([our.hash, their.hash]);
    }
    await ours.drop();
  };

  /** Both write the same base, and judge it alike. */
  const write = async (): Promise<{ taken: number; equal: boolean }> => {
    const outcome = await writeBase(bench, 'twin', { rows: CHUNK_ROWS });
    const ours = await newestBase(bench.lake.store);
    const { manifest, hash = '', consistentPoint } = ours.base.plan;
    const source = new ModelBaseSource(model, rowsOf);
    const parts = { store: model, bases: new BaseLog(model), manifests, source, writer: createWriter(), time: systemTime };
    const writer = new BaseWriter({ ...parts, warehouseId: 'model', program: 'test', limits: { rows: CHUNK_ROWS } });
    const written = writer.write(TABLE, { manifest, hash, lsn: parseLsn(consistentPoint) });
    while ((await written.next()).done !== true);
    const theirs = await newestBase(model);
    expect(outcome.kind).toBe('done');
    expect([ours.base.plan.from, shape(ours.chunks)]).toEqual([theirs.base.plan.from, shape(theirs.chunks)]);
    hashes.push(
      ...ours.chunks.map(({ contentHash }, index) => [BigInt(contentHash), BigInt(theirs.chunks[index]?.contentHash ?? 0)] as const),
    );
    const judged = await judge(theirs.base);
    const proving = new BaseProver(await benchContext(bench)).prove(ours.base);
    while ((await proving.next()).done !== true);
    expect((await newestBase(bench.lake.store)).base.proof?.equal).toBe(judged);
    return { taken: ours.chunks.filter(({ path }) => path.split('/')[2] !== String(ours.base.plan.n)).length, equal: judged };
  };
  const judge = async ({ plan, done }: Base): Promise<boolean> => {
    const computing = rebuiltRows({ store: model, bases: new BaseLog(model), manifests }, plan);
    for (;;) {
      const slice = await computing.next();
      if (slice.done !== true) continue;
      const equal = String(sumOf(currentRows(slice.value ?? new Map())).hash) === done.contentHash;
      await putBaseProof(model, { tableId: plan.tableId, n: plan.n, by: 'rebuild', equal, at: '' });
      return equal;
    }
  };

  await lakes.copy(BigInt(POINT), copied(random));
  // Some transactions are below the point of the copy, and some begin at it.
  await lakes.batch(changed(random, CASES, POINT - 30));
  await agree();
  await compare(CASES);
  expect(await write()).toEqual({ taken: 0, equal: true });
  await lakes.batch(changed(random, CASES.slice(60, 90), 200));
  await lakes.batch(changed(random, CASES.slice(70, 100), 300));
  await agree();
  await compare(CASES.slice(50, 110));
  const second = await write();
  expect(second.equal).toBe(true);
  expect(second.taken).toBeGreaterThan(4);
  expectAlike(hashes);
  // Both begin again at a base.
  await lakes.batch(changed(random, CASES, 400));
  await putRequest(bench.lake.store, { kind: 'rebuild', warehouseId: WAREHOUSE_ID });
  await agree(new ModelWarehouse('another'));
  await agree();
  // A row is changed by hand.
  const { tableOf } = await liveTable(await benchContext(bench), 'twin');
  const storage = `tailrace.${tableOf.storage}`;
  const [key = ''] = rowsOf().keys();
  await bench.engine.exec(
    `INSERT INTO ${storage} (c1, c2, _tr_version, _tr_deleted) SELECT c1, 'by hand', _tr_version + 1, 0 FROM ${storage} FINAL WHERE c1 = '${key}'`,
  );
  liveRows(warehouse).set(Number(key), { version: 0, value: 'by hand' });
  expect((await write()).equal).toBe(false);
});
