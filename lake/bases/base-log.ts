import { z } from 'zod';
import { putOwnJson, readJson } from '../json-object.ts';
import { BASE_PREFIX, baseChunkKey, baseRecordKey, parseBaseKey } from '../keys.ts';
import { checksumText, lsnText } from '../manifest.ts';
import { TOGETHER } from '../read-in-order.ts';
import { keysOf } from '../store/keys-of.ts';
import type { ObjectStore } from '../store/object-store.ts';

/**
 * Format of a base: the current rows of a table at the end of a manifest, as a warehouse wrote
 * them.
 *
 *   base/<tableId>/<n>/plan.json → 000001.json … → done.json → proof.json
 *
 * Every object is put once. Chunks have the fields of a copy's chunks, in the order of the sort
 * key. They are Arrow files as the engine writes them: of several record batches, whose buffers are
 * compressed with zstd. A base counts when `done.json` is there: it is put after the
 * engine has read all chunks back from the lake, and rows and hash were those of the clone.
 * `proof.json` says whether another computation came to the same rows. Numbers are dense per table.
 * A base without `done.json` that another one follows never counts.
 */

const count = z.int().nonnegative();
const positive = z.int().positive();

/** A sum of 64-bit hashes of rows, modulo 2^64, in decimal digits. */
const hashText = z.string().regex(/^\d{1,20}$/);

/** Which base of which table. */
export interface BaseName {
  readonly tableId: string;
  /** from 1 */
  readonly n: number;
}

/** A base before its first chunk. */
const basePlan = z.object({
  tableId: z.string(),
  n: positive,
  /** `schema.table` */
  table: z.string(),
  /** hash of the schema that the chunks have */
  schema: z.string(),
  identity: z.enum(['key', 'full', 'append']),
  epoch: positive,
  /** number of the copy that it continues */
  generation: positive,
  /** the last manifest whose changes are in it; the stream continues with the next one */
  manifest: positive,
  /** hash of that manifest: in a lake that was set back, its number may be another one's */
  hash: z.string().optional(),
  /**
   * Commits at or above are not in it, commits below are. Its rows have version (epoch, this, 0),
   * which is above all earlier changes of the table and below all later ones.
   */
  consistentPoint: lsnText,
  /** the proven base that the proof begins with; null: the copy itself */
  from: positive.nullable(),
  /** id of the warehouse whose rows it has */
  writtenBy: z.string(),
  /** version of the program that wrote it */
  program: z.string(),
  createdAt: z.string(),
});
export type BasePlan = z.infer<typeof basePlan>;

/** Accepts one data object as a chunk. */
const baseChunk = z.object({
  tableId: z.string(),
  n: positive,
  /** from 1, without gaps */
  chunk: positive,
  /** its own object, or one that an earlier base of the table has written */
  path: z.string(),
  rows: count,
  bytes: count,
  checksum: checksumText,
  /** ids of columns that are NOT NULL in the schema but have a NULL here */
  nulls: z.array(count).optional(),
  /** sort key of the first and of the last row, a text per column */
  minKey: z.array(z.string()),
  maxKey: z.array(z.string()),
  contentHash: hashText,
});
export type BaseChunk = z.infer<typeof baseChunk>;

/** The base is whole: it has exactly these chunks, and was read back from the lake. */
const baseDone = z.object({ tableId: z.string(), n: positive, chunks: count, rows: count, bytes: count, contentHash: hashText });
export type BaseDone = z.infer<typeof baseDone>;

/** Whether the base has the right rows, by another computation. */
const baseProof = z.object({
  tableId: z.string(),
  n: positive,
  /** `rebuild`: from the base before and the batches since; `verify`: compared with the source */
  by: z.enum(['rebuild', 'verify']),
  equal: z.boolean(),
  /** why it is not equal, for people */
  reason: z.string().optional(),
  at: z.string(),
});
export type BaseProof = z.infer<typeof baseProof>;

/** A whole base. */
export interface Base {
  readonly plan: BasePlan;
  readonly done: BaseDone;
  /** null: not judged yet */
  readonly proof: BaseProof | null;
}

/** A base as a listing shows it. */
export interface ListedBase extends BaseName {
  readonly done: boolean;
  readonly proof: boolean;
}

/** Begins a base. FENCED when another warehouse has begun this number. */
export async function putBasePlan(store: ObjectStore, plan: BasePlan): Promise<void> {
  await putOwnJson(store, baseRecordKey(plan, 'plan'), basePlan.parse(plan));
}

/** Accepts a chunk whose data object is stored. FENCED when another one has its number. */
export async function putBaseChunk(store: ObjectStore, chunk: BaseChunk): Promise<void> {
  await putOwnJson(store, baseChunkKey(chunk, chunk.chunk), baseChunk.parse(chunk));
}

/** Ends a base that was read back. FENCED when another process has ended it with other counts. */
export async function putBaseDone(store: ObjectStore, done: BaseDone): Promise<void> {
  await putOwnJson(store, baseRecordKey(done, 'done'), baseDone.parse(done));
}

/** Stores the judgement of a base. FENCED when another one is there. */
export async function putBaseProof(store: ObjectStore, proof: BaseProof): Promise<void> {
  await putOwnJson(store, baseRecordKey(proof, 'proof'), baseProof.parse(proof));
}

/** One chunk of a base; null: it is not there, which the caller judges. */
export async function readBaseChunk(store: ObjectStore, of: BaseName, chunk: number): Promise<BaseChunk | null> {
  return readJson(store, baseChunk, baseChunkKey(of, chunk));
}

/** Chunks of a base with these numbers, in their order, without those that are not there. */
export async function readBaseChunks(store: ObjectStore, of: BaseName, numbers: readonly number[]): Promise<BaseChunk[]> {
  const chunks: BaseChunk[] = [];
  for (let at = 0; at < numbers.length; at += TOGETHER) {
    const read = await Promise.all(numbers.slice(at, at + TOGETHER).map((chunk) => readBaseChunk(store, of, chunk)));
    chunks.push(...read.filter((chunk) => chunk !== null));
  }
  return chunks;
}

/** Chunks of a whole base, in their order, without those that are not there. */
export async function readWholeBase(store: ObjectStore, { plan, done }: Base): Promise<BaseChunk[]> {
  return readBaseChunks(
    store,
    plan,
    Array.from({ length: done.chunks }, (_, index) => index + 1),
  );
}

/** The content hash of all rows of some chunks. */
export function contentHashOf(chunks: readonly Pick<BaseChunk, 'contentHash'>[]): bigint {
  return chunks.reduce((sum, { contentHash }) => BigInt.asUintN(64, sum + BigInt(contentHash)), 0n);
}

/** Looks at the bases of a lake repeatedly. Records never change, so each is read once. */
export class BaseLog {
  readonly #store: ObjectStore;
  readonly #plans = new Map<string, BasePlan>();
  readonly #done = new Map<string, BaseDone>();
  readonly #proofs = new Map<string, BaseProof>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** All bases, also unfinished ones, by table and number; `tableId`: of this table alone. */
  async listed(tableId: string | null = null): Promise<ListedBase[]> {
    const found = new Map<string, ListedBase>();
    const prefix = tableId === null ? BASE_PREFIX : `${BASE_PREFIX}${tableId}/`;
    for await (const key of keysOf(this.#store, prefix)) {
      const parsed = parseBaseKey(key);
      if (parsed === null) continue;
      const name = { tableId: parsed.tableId, n: parsed.n };
      const known = found.get(baseText(name)) ?? { ...name, done: false, proof: false };
      found.set(baseText(name), {
        ...known,
        done: known.done || parsed.kind === 'done',
        proof: known.proof || parsed.kind === 'proof',
      });
    }
    return [...found.values()].toSorted(byTable);
  }

  /** Whole bases, by table and number. */
  async whole(tableId: string | null = null): Promise<Base[]> {
    const bases = (await this.listed(tableId)).filter(({ done }) => done).map((one) => this.read(one));
    return (await Promise.all(bases)).filter((base) => base !== null);
  }

  /** A whole base; null when it is not whole. */
  async read(of: BaseName): Promise<Base | null> {
    const plan = await this.plan(of);
    const done = await this.done(of);
    if (plan === null || done === null) return null;
    const proof = await remembered(this.#proofs, of, () => readJson(this.#store, baseProof, baseRecordKey(of, 'proof')));
    return { plan, done, proof };
  }

  /** How a base was ended; null: it is not whole. */
  async done(of: BaseName): Promise<BaseDone | null> {
    return remembered(this.#done, of, () => readJson(this.#store, baseDone, baseRecordKey(of, 'done')));
  }

  /** What a base was begun with; null: it was not begun. */
  async plan(of: BaseName): Promise<BasePlan | null> {
    return remembered(this.#plans, of, () => readJson(this.#store, basePlan, baseRecordKey(of, 'plan')));
  }
}

/** Identifies a base in maps and texts. */
function baseText({ tableId, n }: BaseName): string {
  return `${tableId}/${n}`;
}

function byTable(one: BaseName, other: BaseName): number {
  return one.tableId === other.tableId ? one.n - other.n : one.tableId < other.tableId ? -1 : 1;
}

async function remembered<T>(known: Map<string, T>, of: BaseName, read: () => Promise<T | null>): Promise<T | null> {
  const value = known.get(baseText(of)) ?? (await read());
  if (value !== null) known.set(baseText(of), value);
  return value;
}
