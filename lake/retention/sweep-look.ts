import { z } from 'zod';
import { TailraceError } from '../../core/errors.ts';
import { encodeJson, putJson, readJson } from '../json-object.ts';
import { READERS_PREFIX, SWEEP_CLOCK_KEY, SWEEP_PREFIX, sweepKey, sweepNumber } from '../keys.ts';
import type { ManifestLog } from '../manifest-log.ts';
import { keysOf } from '../store/keys-of.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { namedFiles } from './named-files.ts';

/** Earlier looks that are kept, for people. */
const KEPT_LOOKS = 10;

const count = z.int().nonnegative();

const tableFloor = z.object({
  tableId: z.string(),
  /** `schema.table` */
  table: z.string(),
  /** named data of batches up to this one may be gone; never lower than in an earlier look */
  manifest: count,
  /** what keeps it from being higher, for people */
  heldBy: z.string(),
  /** data of batches up to this one was deleted */
  sweptTo: count,
  /** data of batches up to this one was deleted or is condemned; absent: nothing is condemned */
  listedTo: count.optional(),
  /** nothing needs any object of the table */
  whole: z.boolean().optional(),
});
export type TableFloor = z.infer<typeof tableFloor>;

/** Named objects that go unless something needs them when the grace is over. */
const condemned = z.object({
  /** data of batches */
  data: namedFiles,
  /** objects of copies and bases */
  keys: z.array(z.string()),
});
export type Condemned = z.infer<typeof condemned>;

/** How many objects, and their bytes. */
const size = z.object({ objects: count, bytes: count });
export type Size = z.infer<typeof size>;

/**
 * One look of the sweeper. An object that it calls unnamed is deleted only if a look one grace
 * later finds it unnamed too. In between, no writer names it any more.
 */
const sweepLook = z.object({
  /** from 1; only one of two sweepers gets it */
  number: z.int().positive(),
  /**
   * the newest manifest that was read, and its hash, which differs in another history of the lake
   */
  manifest: z.object({ number: z.int().positive(), hash: z.string() }),
  /** the data objects that manifests up to there name */
  named: namedFiles,
  /** keys of objects that nothing names */
  unnamed: z.array(z.string()),
  /**
   * keys of objects that the look before called unnamed too; they were removed after this one was
   * stored
   */
  removed: z.array(z.string()),
  /** names of writes that began and have not ended */
  unfinished: z.array(z.string()),
  /** the grace of the sweeper that stored it; absent: a day */
  graceMs: z.number().positive().optional(),
  /** how far the data of each table may go; absent: written by a version without floors */
  floors: z.array(tableFloor).optional(),
  condemned: condemned.optional(),
  /** what is condemned or unnamed */
  listed: size.optional(),
  /** tables that were dropped, each with the manifest that says so */
  dropped: z.record(z.string(), count).optional(),
  /** the whole lake when it was listed */
  size: size.optional(),
  /** by which its bytes grow in a day, since the look before; null: not known */
  growthPerDay: z.number().nullable().optional(),
});
export type SweepLook = z.infer<typeof sweepLook>;

/** A look as it is stored. */
export interface StoredLook {
  readonly look: SweepLook;
  /** By the clock of the store. */
  readonly atMs: number;
}

/** The last look in the lake; null: there was none. */
export async function lastLook(store: ObjectStore): Promise<StoredLook | null> {
  return readLook(store, await lastLookNumber(store));
}

/** Number of the last look; 0: there was none. */
export async function lastLookNumber(store: ObjectStore): Promise<number> {
  let newest = 0;
  for await (const key of keysOf(store, SWEEP_PREFIX)) newest = Math.max(newest, sweepNumber(key) ?? 0);
  return newest;
}

/** One look; null: it is not there. */
export async function readLook(store: ObjectStore, number: number): Promise<StoredLook | null> {
  if (number === 0) return null;
  const look = await readJson(store, sweepLook, sweepKey(number));
  const facts = await store.head(sweepKey(number));
  return look === null || facts === null ? null : { look, atMs: facts.modified.getTime() };
}

/** The floor of a table as the last look has it; undefined: it has none. */
export async function floorOf(store: ObjectStore, tableId: string): Promise<TableFloor | undefined> {
  return (await lastLook(store))?.look.floors?.find((one) => one.tableId === tableId);
}

/** Stores a look. False: another sweeper has this number and acts on its own look. */
export async function putLook(store: ObjectStore, look: SweepLook): Promise<boolean> {
  if ((await putJson(store, sweepKey(look.number), sweepLook.parse(look))) === 'exists') return false;
  if (look.number > KEPT_LOOKS) await store.delete(sweepKey(look.number - KEPT_LOOKS));
  return true;
}

/**
 * Now by the clock of the store, in milliseconds since 1970: the time of an object that is stored
 * for this purpose.
 */
export async function storeNowMs(store: ObjectStore): Promise<number> {
  await store.replace(SWEEP_CLOCK_KEY, encodeJson({}));
  const facts = await store.head(SWEEP_CLOCK_KEY);
  if (facts === null) throw new TailraceError('LAKE_UNAVAILABLE', `${SWEEP_CLOCK_KEY} was stored but cannot be seen`);
  return facts.modified.getTime();
}

/**
 * A time at or before now by the clock of the store, without storing anything: that of the newest
 * sign of a role. Objects seem younger than they are by it, so fewer seem to be free.
 */
export async function lastSignMs(store: ObjectStore, log: Pick<ManifestLog, 'newest' | 'storedAt'>): Promise<number> {
  const newest = await log.newest(null);
  let lastMs = newest === null ? 0 : ((await log.storedAt(newest.number))?.getTime() ?? 0);
  for (const prefix of [READERS_PREFIX, SWEEP_PREFIX])
    for await (const { modified } of store.list(prefix)) lastMs = Math.max(lastMs, modified.getTime());
  return lastMs;
}
