import { z } from 'zod';
import { putOwnJson, readJson } from './json-object.ts';
import { lastThatIs } from './last-that-is.ts';
import { SNAPSHOT_PREFIX, chunkKey, doneKey, generationPrefix, parseSnapshotKey, planKey } from './keys.ts';
import { checksumText, lsnText } from './manifest.ts';
import { TOGETHER, readInOrder } from './read-in-order.ts';
import { keysOf } from './store/keys-of.ts';
import type { ObjectStore } from './store/object-store.ts';

const count = z.int().nonnegative();

/** Which copy of which table. */
export interface CopyName {
  readonly tableId: string;
  readonly generation: number;
}

/** Pages `from` ≤ page < `to` of a heap; null is open. */
const pageRange = z.object({ leafOid: z.int(), from: count, to: z.int().nullable() });

/** A copy of a table at one consistent point, before its first chunk. */
const snapshotPlan = z.object({
  tableId: z.string(),
  /** from 1; the next one follows a copy that was not finished */
  generation: z.int().positive(),
  /** `schema.table` */
  table: z.string(),
  /** hash of the schema that the chunks have */
  schema: z.string(),
  /** commits below are in the copy, commits at or above are not */
  consistentPoint: lsnText,
  epoch: z.int().positive(),
  /** file nodes of the heaps when they were copied */
  filenodes: z.array(z.object({ oid: z.int(), filenode: z.string() })),
  ranges: z.array(pageRange),
  /**
   * oldest transaction whose rows may be missing from the copy (xid8); absent: the copy cannot
   * resume
   */
  xmin: z.string().optional(),
  /** why there is a copy, for people */
  reason: z.string(),
  /** ids of the requests that it answers; absent: `reason` names them, each as `[id]` */
  requests: z.array(z.string()).optional(),
  estimatedRows: z.number().nonnegative(),
  createdAt: z.string(),
});
export type SnapshotPlan = z.infer<typeof snapshotPlan>;

/**
 * Accepts one data object as chunk `n` of a copy. Its rows have version (epoch, its consistent
 * point, 0).
 */
const snapshotChunk = z.object({
  tableId: z.string(),
  generation: z.int().positive(),
  /** from 1, without gaps */
  n: z.int().positive(),
  path: z.string(),
  rows: count,
  bytes: count,
  checksum: checksumText,
  /** ids of columns that are NOT NULL in the schema but have a NULL here: NaN in a decimal */
  nulls: z.array(count).optional(),
  range: pageRange,
  /** all rows of the range are in it and in earlier chunks */
  endsRange: z.boolean().optional(),
  /** where it is later than that of the plan: the copy resumed at another consistent point */
  consistentPoint: lsnText.optional(),
});
export type SnapshotChunk = z.infer<typeof snapshotChunk>;

/** The copy is whole: it has exactly these chunks. */
const snapshotDone = z.object({ tableId: z.string(), generation: z.int().positive(), chunks: count, rows: count });
export type SnapshotDone = z.infer<typeof snapshotDone>;

/** The objects of one copy in the lake. */
export interface SnapshotGeneration {
  readonly tableId: string;
  readonly generation: number;
  readonly plan: SnapshotPlan;
  /** In the order of n, without gaps: a chunk behind a gap is left out until the gap is filled. */
  readonly chunks: readonly SnapshotChunk[];
  readonly done: SnapshotDone | null;
}

/** A copy as a listing shows it. */
export interface ListedCopy {
  readonly tableId: string;
  readonly generation: number;
  /** Greatest number of a chunk record; null: there are too many to list. */
  readonly lastChunk: number | null;
  readonly done: boolean;
}

/** How far a copy is. */
export interface CopyProgress {
  readonly plan: Pick<SnapshotPlan, 'table' | 'epoch' | 'ranges' | 'createdAt'>;
  readonly chunks: number;
  readonly done: boolean;
}

/** A longer copy is not listed to its end: all keys of a terabyte's copy take 130 listings. */
const LISTED = 500;

function byTable(a: CopyName, b: CopyName): number {
  return a.tableId === b.tableId ? a.generation - b.generation : a.tableId < b.tableId ? -1 : 1;
}

/** Begins a copy. FENCED when another process has begun this generation. */
export async function putPlan(store: ObjectStore, plan: SnapshotPlan): Promise<void> {
  await putOwnJson(store, planKey(plan), snapshotPlan.parse(plan));
}

/** The plan of a copy; null when there is no copy of that generation. */
export async function readPlan(store: ObjectStore, of: CopyName): Promise<SnapshotPlan | null> {
  return readJson(store, snapshotPlan, planKey(of));
}

/**
 * Accepts a chunk whose data object is stored. FENCED when another process has accepted a different
 * one under this number.
 */
export async function putChunk(store: ObjectStore, chunk: SnapshotChunk): Promise<void> {
  await putOwnJson(store, chunkKey(chunk, chunk.n), snapshotChunk.parse(chunk));
}

/** Ends a copy. FENCED when another process has ended it with other counts. */
export async function putDone(store: ObjectStore, done: SnapshotDone): Promise<void> {
  await putOwnJson(store, doneKey(done), snapshotDone.parse(done));
}

/**
 * Looks at the copies of a lake repeatedly, at the price of a listing. Records are read one by one
 * where they are needed, since a large table has very many. Plans and ends are read once, since
 * they never change.
 */
export class SnapshotLog {
  readonly #store: ObjectStore;
  readonly #plans = new Map<string, SnapshotPlan>();
  readonly #done = new Map<string, SnapshotDone>();
  /** Keys of ends that exist. */
  readonly #ended = new Set<string>();
  /** By plan: a chunk that exists. */
  readonly #lastChunks = new Map<string, number>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /**
   * All copies, by table and generation. Reads no object. Where it does not list a copy to its end,
   * it checks whether the copy is done.
   */
  async listed(): Promise<ListedCopy[]> {
    const found = new Map<string, ListedCopy>();
    for (let from: string | null = ''; from !== null;) from = await this.#list(found, from);
    const copies = [...found.values()].map(async (copy) => (copy.lastChunk === null ? { ...copy, done: await this.#isDone(copy) } : copy));
    return (await Promise.all(copies)).toSorted(byTable);
  }

  /**
   * Continues the listing, up to a copy with many objects. Returns where to continue after it; null
   * at the end.
   */
  async #list(found: Map<string, ListedCopy>, startAfter: string): Promise<string | null> {
    let [prefix, objects] = ['', 0];
    for await (const key of keysOf(this.#store, SNAPSHOT_PREFIX, startAfter)) {
      const parsed = parseSnapshotKey(key);
      if (parsed === null) continue;
      const { tableId, generation } = parsed;
      const own = generationPrefix(parsed);
      [prefix, objects] = [own, prefix === own ? objects + 1 : 1];
      const known = found.get(own) ?? { tableId, generation, lastChunk: 0, done: false };
      if (objects > LISTED) {
        found.set(own, { ...known, lastChunk: null });
        // This is after all keys with that prefix.
        return `${own}~`;
      }
      if (parsed.kind === 'data') continue;
      const lastChunk = Math.max(known.lastChunk ?? 0, parsed.kind === 'chunk' ? parsed.n : 0);
      found.set(own, { tableId, generation, lastChunk, done: known.done || parsed.kind === 'done' });
    }
    return null;
  }

  async #isDone(of: CopyName): Promise<boolean> {
    const key = doneKey(of);
    if (!this.#ended.has(key) && (await this.#store.head(key)) !== null) this.#ended.add(key);
    return this.#ended.has(key);
  }

  /** The plan of a copy; null when there is no copy of that generation. */
  plan(of: CopyName): Promise<SnapshotPlan | null> {
    return remembered(this.#plans, planKey(of), () => readPlan(this.#store, of));
  }

  /** The end of a copy; null while it has none. */
  done(of: CopyName): Promise<SnapshotDone | null> {
    return remembered(this.#done, doneKey(of), (key) => readJson(this.#store, snapshotDone, key));
  }

  /** How far copies are. */
  async progress(): Promise<CopyProgress[]> {
    const copies = (await this.listed()).map(async (entry) => {
      const plan = await this.plan(entry);
      if (plan === null) return [];
      const { done } = entry;
      return [{ plan, done, chunks: entry.lastChunk ?? (done ? plan.ranges.length : await this.#lastChunk(entry)) }];
    });
    return (await Promise.all(copies)).flat();
  }

  /** Number of the last chunk of a copy that has many, by doubling and halving. */
  async #lastChunk(of: CopyName): Promise<number> {
    const key = planKey(of);
    const has = async (n: number): Promise<boolean> => (await this.#store.head(chunkKey(of, n))) !== null;
    const last = await lastThatIs(has, this.#lastChunks.get(key) ?? 0);
    this.#lastChunks.set(key, last);
    return last;
  }
}

/** Chunks after a number, in order, up to another one or to the first gap. */
export function readChunks(store: ObjectStore, of: CopyName, range: { after: number; upTo: number }): Promise<SnapshotChunk[]> {
  return readInOrder((n) => readJson(store, snapshotChunk, chunkKey(of, n)), range);
}

/** The newest whole copy of each table, by table id. */
export async function finishedCopies(store: ObjectStore): Promise<Map<string, number>> {
  const done = (await new SnapshotLog(store).listed()).filter((copy) => copy.done);
  return new Map(done.map(({ tableId, generation }) => [tableId, generation]));
}

/**
 * All copies that have a plan, by table and generation, with all their records: very many for large
 * tables.
 */
export async function listGenerations(store: ObjectStore): Promise<SnapshotGeneration[]> {
  const log = new SnapshotLog(store);
  const found: SnapshotGeneration[] = [];
  for (const entry of await log.listed()) {
    const { tableId, generation } = entry;
    const plan = await log.plan(entry);
    if (plan === null) continue;
    const done = entry.done ? await log.done(entry) : null;
    // A listing may lag; `done` has the number of chunks.
    const chunks = await readChunks(store, entry, { after: 0, upTo: done?.chunks ?? entry.lastChunk ?? Number.MAX_SAFE_INTEGER });
    found.push({ tableId, generation, plan, chunks, done });
  }
  return found;
}

/**
 * Chunks of one copy that a listing shows, in order, including those behind a gap that a broken-off
 * copy may have. `after`: only those with a greater number.
 */
export async function namedChunks(store: ObjectStore, of: CopyName, after = 0): Promise<SnapshotChunk[]> {
  const keys: string[] = [];
  for await (const key of keysOf(store, generationPrefix(of))) {
    const parsed = parseSnapshotKey(key);
    if (parsed?.kind === 'chunk' && parsed.n > after) keys.push(key);
  }
  const chunks: SnapshotChunk[] = [];
  for (let at = 0; at < keys.length; at += TOGETHER) {
    const read = await Promise.all(keys.slice(at, at + TOGETHER).map((key) => readJson(store, snapshotChunk, key)));
    chunks.push(...read.filter((chunk) => chunk !== null));
  }
  return chunks.toSorted((one, other) => one.n - other.n);
}

async function remembered<T>(known: Map<string, T>, key: string, read: (key: string) => Promise<T | null>): Promise<T | null> {
  const value = known.get(key) ?? (await read(key));
  if (value !== null) known.set(key, value);
  return value;
}
