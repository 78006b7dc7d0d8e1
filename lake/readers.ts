import { z } from 'zod';
import { GENERATION_STATES } from '../core/table-state.ts';
import { isoTime, wall } from '../core/time.ts';
import { encodeJson, putJson, readJson } from './json-object.ts';
import { keptObject } from './kept-object.ts';
import { READERS_PREFIX, expiredKey, leaseKey, leasePrefix, positionKey } from './keys.ts';
import { lsnText } from './manifest.ts';
import { keysOf } from './store/keys-of.ts';
import type { ObjectStore } from './store/object-store.ts';

/** What a warehouse has yet to read of a table. */
const tableNeeds = keptObject({
  /** batches above are needed */
  manifest: z.int().nonnegative(),
  /** the copy or base that is being loaded; null: none */
  source: z.union([keptObject({ copy: z.int().positive() }), keptObject({ base: z.int().positive() })]).nullable(),
});
export type TableNeeds = z.infer<typeof tableNeeds>;

const tablePosition = keptObject({
  /** `schema.table` */
  table: z.string(),
  tableId: z.string(),
  generation: z.int().nonnegative(),
  state: z.enum(GENERATION_STATES),
  appliedLsn: lsnText.nullable(),
  /** null until it was live once */
  asOf: z.string().nullable(),
  appendOnly: z.boolean(),
  error: keptObject({ code: z.string(), message: z.string(), at: z.string() }).nullable(),
  /** the last manifest that changed it, or a later one after a start. Only in position.json */
  changed: z.int().nonnegative().optional(),
  /** its history is whole from this time on; absent: it has none. Only in position.json */
  historySince: z.string().optional(),
  /**
   * null: nothing; absent: batches above the position of the warehouse, as an older version wrote
   * it. Only in position.json
   */
  needs: tableNeeds.nullable().optional(),
});
export type TablePosition = z.infer<typeof tablePosition>;

const ms = z.number();

/** The moments of one batch on its way, in milliseconds since 1970. */
export interface PassedBatch {
  /** Its first commit, by the source's clock. */
  readonly committedMs: number;
  /** By the writer's clock, as `durableMs`. */
  readonly receivedMs: number;
  readonly durableMs: number;
  /** When a window began to apply it, by the compactor's clock, as `queryableMs`. */
  readonly begunMs: number;
  readonly queryableMs: number;
}

/** In `position.json` it is an array, in the order of its fields. */
const passedBatch = z.codec(z.tuple([ms, ms, ms, ms, ms]), z.custom<PassedBatch>(), {
  decode: ([committedMs, receivedMs, durableMs, begunMs, queryableMs]) => ({ committedMs, receivedMs, durableMs, begunMs, queryableMs }),
  encode: ({ committedMs, receivedMs, durableMs, begunMs, queryableMs }): [number, number, number, number, number] => [
    committedMs,
    receivedMs,
    durableMs,
    begunMs,
    queryableMs,
  ],
});

/** One applied window. */
const passedWindow = keptObject({
  startedAt: z.string(),
  durationMs: ms,
  kind: z.enum(['front', 'catch-up']),
  tables: z.int(),
  rows: z.int(),
});
export type PassedWindow = z.infer<typeof passedWindow>;

/** Bytes that it takes on its disk, and free bytes there. */
const warehouseSpace = keptObject({ bytes: z.number(), freeBytes: z.number() }).readonly();
export type WarehouseSpace = z.infer<typeof warehouseSpace>;

/** A replica of a cluster that lacks rows; `seconds`: null when it does not answer. */
const laggingReplica = keptObject({ shard: z.int(), replica: z.int(), host: z.string(), seconds: z.number().nullable() });
export type LaggingReplica = z.infer<typeof laggingReplica>;

/** Milliseconds for which each moment can be restored, or for ever. */
const retention = z.union([z.number().nonnegative(), z.literal('forever')]);

/** What the configuration of a warehouse asks the lake to keep. */
const keepWish = keptObject({
  retention,
  /** tables with a retention of their own; the longest that fits counts */
  tables: z.array(keptObject({ glob: z.string(), retention })).readonly(),
  /** how many copies and bases of each table */
  bases: z.int().positive(),
  /** what a base needs before it counts, as `ProofPolicy` */
  proof: z.string(),
});
export type KeepWish = z.infer<typeof keepWish>;

/**
 * How far a warehouse has read the lake. It is one of the few objects that change (the others are
 * alerts and probe of the monitor): its warehouse writes it, everyone reads it.
 */
const position = keptObject({
  warehouseId: z.string(),
  /** all manifests up to this one are applied to every live table */
  manifest: z.int().nonnegative(),
  appliedLsn: lsnText,
  asOf: z.string().nullable(),
  /** when this was written, ISO 8601 */
  at: z.string(),
  /**
   * its compactor ended with WAREHOUSE_AHEAD: it has applied batches that are not in the history of
   * this lake
   */
  ahead: z.boolean().optional(),
  tables: z.array(tablePosition),
  /** what was applied in the last minutes, newest last */
  batches: z.array(passedBatch).readonly().default([]),
  /** newest first */
  windows: z.array(passedWindow).readonly().default([]),
  space: warehouseSpace.optional(),
  /** absent: none */
  lagging: z.array(laggingReplica).readonly().optional(),
  /** why its compactor, which runs, can apply nothing; `at`: when it last said so */
  trouble: keptObject({ code: z.string(), message: z.string(), at: z.string() }).optional(),
  /** features that its compactor knows (format/format.ts); absent: none */
  knows: z.array(z.string()).optional(),
  /** number of the last expiry that it has begun again after; absent: none */
  expiries: z.int().nonnegative().optional(),
  /** absent: an older version wrote it, or it asks for nothing */
  keeps: keepWish.optional(),
});
export type Position = z.infer<typeof position>;

/** A lease as it was taken. Older versions wrote only its number. */
const lease = z.object({
  by: z.string().optional(),
  /** identifies the process to others on its machine */
  life: z.string().optional(),
  /** its taker ended in order, and this number frees the warehouse */
  released: z.boolean().optional(),
});

/** The last lease of a warehouse. */
export interface LastLease {
  readonly n: number;
  readonly life: string | null;
  readonly released: boolean;
}

/** Who takes a lease; `life` as in processLife. */
export interface LeaseTaker {
  readonly by: string;
  readonly life?: string | null;
}

/** What the id of a tap begins with. It has no warehouse, and needs objects as one does. */
export const TAP_PREFIX = 'tap-';

/** A reader writes one before its first read, so that nothing it needs is swept. */
export async function putPosition(store: ObjectStore, value: Position): Promise<void> {
  await store.replace(positionKey(value.warehouseId), encodeJson(z.encode(position, value)));
}

export async function getPosition(store: ObjectStore, warehouseId: string): Promise<Position | null> {
  return readJson(store, position, positionKey(warehouseId));
}

/** Positions of all warehouses that ever read this lake, newest first. */
export async function getPositions(store: ObjectStore): Promise<Position[]> {
  return (await getReaders(store)).filter(({ warehouseId }) => !warehouseId.startsWith(TAP_PREFIX));
}

/** The same with those of taps, for which objects of the lake stay just as well. */
export async function getReaders(store: ObjectStore): Promise<Position[]> {
  const positions: Position[] = [];
  for await (const key of keysOf(store, READERS_PREFIX)) {
    if (!key.endsWith('/position.json')) continue;
    const found = await readJson(store, position, key);
    if (found !== null) positions.push(found);
  }
  return positions.toSorted((a, b) => (a.at < b.at ? 1 : -1));
}

/**
 * Says that a warehouse without news is no longer waited for: what only it needs may go. It begins
 * again when it finds this. `n`: one more than the expiries of its position. False when that number
 * exists.
 */
export async function putExpired(store: ObjectStore, warehouseId: string, n: number): Promise<boolean> {
  return (await putJson(store, expiredKey(warehouseId, n), { warehouseId, n, at: isoTime(wall()) })) === 'stored';
}

/** The last expiry of a warehouse; 0: none. `known`: one that it has seen. */
export async function newestExpiry(store: ObjectStore, warehouseId: string, known: number): Promise<number> {
  let last = known;
  while ((await store.head(expiredKey(warehouseId, last + 1))) !== null) last += 1;
  return last;
}

/**
 * Becomes the one compactor of a warehouse: takes the number after the greatest one and returns it.
 * `by` identifies the taker. The holder of a smaller number has lost the warehouse and learns it
 * from `leaseHeld`. Old leases go, the least first, but never the last ones (old-leases.ts). So a
 * number counts only while the one before it is there, and a holder whose own number is gone has
 * lost the warehouse.
 */
export async function takeLease(store: ObjectStore, warehouseId: string, by: string): Promise<number> {
  for (;;) {
    let n = (await greatestLease(store, warehouseId)) + 1;
    // A number whose answer was lost counts as taken by another and stays unused.
    while ((await putJson(store, leaseKey(warehouseId, n), { n, at: isoTime(wall()), pid: process.pid, by })) === 'exists') n += 1;
    if (await follows(store, warehouseId, n)) return n;
  }
}

/**
 * The last lease that was taken; null: there is none yet. `known`: an earlier one, so that nothing
 * is listed.
 */
export async function lastLease(store: ObjectStore, warehouseId: string, known: LastLease | null = null): Promise<LastLease | null> {
  let last = known;
  if (last === null) {
    const n = await greatestLease(store, warehouseId);
    if (n > 0) last = await readLease(store, warehouseId, n);
  }
  while (last !== null) {
    const next = await readLease(store, warehouseId, last.n + 1);
    if (next === null) break;
    last = next;
  }
  // The known one went with all up to a later one.
  if (known !== null && last?.n === known.n && !(await isThere(store, warehouseId, known.n))) return lastLease(store, warehouseId);
  return last;
}

/**
 * Takes the lease `n`; false when another process has it. An earlier try whose answer was lost
 * counts.
 */
export async function claimLease(store: ObjectStore, warehouseId: string, n: number, { by, life }: LeaseTaker): Promise<boolean> {
  const key = leaseKey(warehouseId, n);
  const value = { n, at: isoTime(wall()), pid: process.pid, by, ...(life == null ? {} : { life }) };
  const taken = (await putJson(store, key, value)) === 'stored' || (await readJson(store, lease, key))?.by === by;
  return taken && (await follows(store, warehouseId, n));
}

/** Frees a warehouse, unless another process has taken it: the next one need not wait. */
export async function releaseLease(store: ObjectStore, warehouseId: string, held: { n: number; by: string }): Promise<void> {
  if (!(await isThere(store, warehouseId, held.n))) return;
  const n = held.n + 1;
  await putJson(store, leaseKey(warehouseId, n), { n, at: isoTime(wall()), by: held.by, released: true });
}

async function greatestLease(store: ObjectStore, warehouseId: string): Promise<number> {
  let greatest = 0;
  for await (const key of keysOf(store, leasePrefix(warehouseId)))
    greatest = Math.max(greatest, Number(/lease-(\d+)\.json$/.exec(key)?.[1] ?? 0));
  return greatest;
}

async function readLease(store: ObjectStore, warehouseId: string, n: number): Promise<LastLease | null> {
  const found = await readJson(store, lease, leaseKey(warehouseId, n));
  return found === null ? null : { n, life: found.life ?? null, released: found.released ?? false };
}

/** True while the next number is free: it was never taken if this one is still there. */
export async function leaseHeld(store: ObjectStore, warehouseId: string, n: number): Promise<boolean> {
  return !(await isThere(store, warehouseId, n + 1)) && (await isThere(store, warehouseId, n));
}

/** Whether a number that was just taken is the next one: the one before it was not swept. */
async function follows(store: ObjectStore, warehouseId: string, n: number): Promise<boolean> {
  return n === 1 || (await isThere(store, warehouseId, n - 1));
}

async function isThere(store: ObjectStore, warehouseId: string, n: number): Promise<boolean> {
  return (await store.head(leaseKey(warehouseId, n))) !== null;
}

/**
 * Whether anyone but `by` has taken a later number. Then `by` has lost the warehouse for good and
 * must not take it back.
 */
export async function lostToAnother(
  store: ObjectStore,
  warehouseId: string,
  { after, by }: { after: number; by: string },
): Promise<boolean> {
  for (let n = after + 1; ; n += 1) {
    const taken = await readJson(store, lease, leaseKey(warehouseId, n));
    if (taken === null) return !(await isThere(store, warehouseId, after));
    if (taken.by !== by) return true;
  }
}
