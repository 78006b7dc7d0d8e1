import { z } from 'zod';
import { putOwnJson, readJson } from './json-object.ts';
import { SNAPSHOT_PREFIX, chunkKey, doneKey, generationPrefix, parseSnapshotKey, planKey } from './keys.ts';
import { checksumText, lsnText } from './manifest.ts';
import type { ObjectStore } from './object-store.ts';

const count = z.int().nonnegative();

/** Pages `from` ≤ page < `to` of a heap; null is open. */
const pageRange = z.object({ leafOid: z.int(), from: count, to: z.int().nullable() });

/** A copy of a table at one consistent point, before its first chunk. */
const snapshotPlan = z.object({
  tableId: z.string(),
  /** from 1; a copy that was not finished is followed by the next one */
  generation: z.int().positive(),
  /** `schema.table` */
  table: z.string(),
  /** hash of the schema that the chunks have */
  schema: z.string(),
  /** commits below are in the copy, commits at or above are not */
  consistentPoint: lsnText,
  epoch: z.int().positive(),
  /** files of the heaps when they were copied */
  filenodes: z.array(z.object({ oid: z.int(), filenode: z.string() })),
  ranges: z.array(pageRange),
  /** oldest transaction whose rows the copy may not have (xid8); none: the copy cannot be gone on with */
  xmin: z.string().optional(),
  /** why there is a copy, for people */
  reason: z.string(),
  estimatedRows: z.number().nonnegative(),
  createdAt: z.string(),
});
export type SnapshotPlan = z.infer<typeof snapshotPlan>;

/** Accepts one data object as chunk `n` of a copy. Its rows have version (epoch, its consistent point, 0). */
const snapshotChunk = z.object({
  tableId: z.string(),
  generation: z.int().positive(),
  /** from 1, without gaps */
  n: z.int().positive(),
  path: z.string(),
  rows: count,
  bytes: count,
  checksum: checksumText,
  range: pageRange,
  /** all rows of the range are in it and in earlier chunks */
  endsRange: z.boolean().optional(),
  /** where it is later than the plan's: the copy was gone on with at another consistent point */
  consistentPoint: lsnText.optional(),
});
export type SnapshotChunk = z.infer<typeof snapshotChunk>;

/** The copy is whole: it has exactly these chunks. */
const snapshotDone = z.object({ tableId: z.string(), generation: z.int().positive(), chunks: count, rows: count });
export type SnapshotDone = z.infer<typeof snapshotDone>;

/** What the lake has of one copy. */
export interface SnapshotGeneration {
  readonly tableId: string;
  readonly generation: number;
  readonly plan: SnapshotPlan;
  /** In the order of n, without gaps: a chunk behind a gap is not shown before the gap is filled. */
  readonly chunks: readonly SnapshotChunk[];
  readonly done: SnapshotDone | null;
}

/** How far a copy is. */
export interface CopyProgress {
  readonly plan: Pick<SnapshotPlan, 'table' | 'epoch' | 'ranges' | 'createdAt'>;
  readonly chunks: number;
  readonly done: boolean;
}

interface ListedCopy {
  readonly tableId: string;
  readonly generation: number;
  readonly chunks: number[];
  done: boolean;
}

function byTable(a: { tableId: string; generation: number }, b: { tableId: string; generation: number }): number {
  return a.tableId === b.tableId ? a.generation - b.generation : a.tableId < b.tableId ? -1 : 1;
}

/** Begins a copy. FENCED when another process has begun this generation. */
export async function putPlan(store: ObjectStore, plan: SnapshotPlan): Promise<void> {
  await putOwnJson(store, planKey(plan), snapshotPlan.parse(plan));
}

/** What a copy was begun with; null when there is none of that generation. */
export async function readPlan(store: ObjectStore, of: { tableId: string; generation: number }): Promise<SnapshotPlan | null> {
  return readJson(store, snapshotPlan, planKey(of));
}

/** Accepts a chunk whose data object is stored. FENCED when another process has accepted another one under this number. */
export async function putChunk(store: ObjectStore, chunk: SnapshotChunk): Promise<void> {
  await putOwnJson(store, chunkKey(chunk, chunk.n), snapshotChunk.parse(chunk));
}

/** Ends a copy. FENCED when another process has ended it otherwise. */
export async function putDone(store: ObjectStore, done: SnapshotDone): Promise<void> {
  await putOwnJson(store, doneKey(done), snapshotDone.parse(done));
}

/** Reads copies again and again at the price of a listing: what was read once is not read again, it never changes. */
export class SnapshotLog {
  readonly #store: ObjectStore;
  readonly #plans = new Map<string, SnapshotPlan>();
  readonly #chunks = new Map<string, SnapshotChunk>();
  readonly #done = new Map<string, SnapshotDone>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** All copies that have a plan, by table and generation. */
  async generations(): Promise<SnapshotGeneration[]> {
    const generations = await Promise.all((await this.#listed()).map((entry) => this.#read(entry)));
    return generations.filter((generation) => generation !== null).toSorted(byTable);
  }

  /** How far copies are, without their chunks: of a big table they are very many. */
  async progress(): Promise<CopyProgress[]> {
    const copies = await Promise.all(
      (await this.#listed()).map(async (entry) => ({
        tableId: entry.tableId,
        generation: entry.generation,
        plan: await this.#plan(entry),
        chunks: entry.chunks.length,
        done: entry.done,
      })),
    );
    return copies.flatMap(({ plan, ...copy }) => (plan === null ? [] : [{ ...copy, plan }])).toSorted(byTable);
  }

  async #listed(): Promise<ListedCopy[]> {
    const found = new Map<string, ListedCopy>();
    for await (const { key } of this.#store.list(SNAPSHOT_PREFIX)) {
      const parsed = parseSnapshotKey(key);
      if (parsed === null || parsed.kind === 'data') continue;
      const { tableId, generation } = parsed;
      const entry = found.get(planKey(parsed)) ?? { tableId, generation, chunks: [], done: false };
      if (parsed.kind === 'chunk') entry.chunks.push(parsed.n);
      if (parsed.kind === 'done') entry.done = true;
      found.set(planKey(parsed), entry);
    }
    return [...found.values()];
  }

  async #plan(of: ListedCopy): Promise<SnapshotPlan | null> {
    return remembered(this.#plans, planKey(of), (key) => readJson(this.#store, snapshotPlan, key));
  }

  async #read(entry: ListedCopy): Promise<SnapshotGeneration | null> {
    const { tableId, generation } = entry;
    const plan = await this.#plan(entry);
    if (plan === null) return null;
    const done = entry.done ? await remembered(this.#done, doneKey(entry), (key) => readJson(this.#store, snapshotDone, key)) : null;
    const chunks: SnapshotChunk[] = [];
    // A listing may lag, `done` tells how many there are.
    const last = done?.chunks ?? Math.max(0, ...entry.chunks);
    for (let n = 1; n <= last; n += 1) {
      const chunk = await remembered(this.#chunks, chunkKey(entry, n), (key) => readJson(this.#store, snapshotChunk, key));
      if (chunk === null) break;
      chunks.push(chunk);
    }
    return { tableId, generation, plan, chunks, done };
  }
}

/** The newest whole copy of each table, by table id; nothing but a listing. */
export async function finishedCopies(store: ObjectStore): Promise<Map<string, number>> {
  const newest = new Map<string, number>();
  for await (const { key } of store.list(SNAPSHOT_PREFIX)) {
    const parsed = parseSnapshotKey(key);
    if (parsed?.kind === 'done') newest.set(parsed.tableId, Math.max(parsed.generation, newest.get(parsed.tableId) ?? 0));
  }
  return newest;
}

/** All copies, read once. */
export async function listGenerations(store: ObjectStore): Promise<SnapshotGeneration[]> {
  return new SnapshotLog(store).generations();
}

/** Chunks that are named in one copy, in order; also those behind a gap, which a copy that was broken off may have. */
export async function namedChunks(store: ObjectStore, of: { tableId: string; generation: number }): Promise<SnapshotChunk[]> {
  const chunks: SnapshotChunk[] = [];
  for await (const { key } of store.list(generationPrefix(of))) {
    if (parseSnapshotKey(key)?.kind !== 'chunk') continue;
    const chunk = await readJson(store, snapshotChunk, key);
    if (chunk !== null) chunks.push(chunk);
  }
  return chunks.toSorted((one, other) => one.n - other.n);
}

/** Keys of the data objects that chunk records of one copy name, whether it was finished or not. */
export async function namedByChunks(store: ObjectStore, of: { tableId: string; generation: number }): Promise<Set<string>> {
  return new Set((await namedChunks(store, of)).map(({ path }) => path));
}

async function remembered<T>(known: Map<string, T>, key: string, read: (key: string) => Promise<T | null>): Promise<T | null> {
  const value = known.get(key) ?? (await read(key));
  if (value !== null) known.set(key, value);
  return value;
}
