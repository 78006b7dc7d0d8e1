import { z } from 'zod';
import { TailraceError } from '../core/errors.ts';
import { encodeJson, putJson, readJson } from './json-object.ts';
import { SWEEP_CLOCK_KEY, SWEEP_PREFIX, sweepKey, sweepNumber } from './keys.ts';
import { namedFiles } from './named-files.ts';
import type { ObjectStore } from './store/object-store.ts';

/** Looks of before that are kept, for people. */
const KEPT_LOOKS = 10;

/**
 * What one look of the sweeper found. What it calls unnamed goes only if a look a grace later finds
 * it unnamed too; nobody names it any more meanwhile.
 */
const sweepLook = z.object({
  /** from 1; of two sweepers one has it */
  number: z.int().positive(),
  /**
   * the newest manifest that was read, and its hash: another history of the lake has another one
   */
  manifest: z.object({ number: z.int().positive(), hash: z.string() }),
  /** the data objects that manifests up to there name */
  named: namedFiles,
  /** keys of objects that nothing names */
  unnamed: z.array(z.string()),
  /**
   * keys of objects that the look before called unnamed too, and that were removed after this one
   * was stored
   */
  removed: z.array(z.string()),
  /** names of writes that were begun and not ended */
  unfinished: z.array(z.string()),
});
export type SweepLook = z.infer<typeof sweepLook>;

/** The last look in the lake, with its time by the store's clock; null: nobody has looked yet. */
export async function lastLook(store: ObjectStore): Promise<{ look: SweepLook; atMs: number } | null> {
  let newest = 0;
  for await (const { key } of store.list(SWEEP_PREFIX)) newest = Math.max(newest, sweepNumber(key) ?? 0);
  if (newest === 0) return null;
  const look = await readJson(store, sweepLook, sweepKey(newest));
  const facts = await store.head(sweepKey(newest));
  return look === null || facts === null ? null : { look, atMs: facts.modified.getTime() };
}

/**
 * Stores a look. False: another sweeper has this number, and what follows from it is the other's to
 * do.
 */
export async function putLook(store: ObjectStore, look: SweepLook): Promise<boolean> {
  if ((await putJson(store, sweepKey(look.number), sweepLook.parse(look))) === 'exists') return false;
  if (look.number > KEPT_LOOKS) await store.delete(sweepKey(look.number - KEPT_LOOKS));
  return true;
}

/**
 * Now by the store's clock, in milliseconds since 1970: the time of an object that is stored for
 * it.
 */
export async function storeNowMs(store: ObjectStore): Promise<number> {
  await store.replace(SWEEP_CLOCK_KEY, encodeJson({}));
  const facts = await store.head(SWEEP_CLOCK_KEY);
  if (facts === null) throw new TailraceError('LAKE_UNAVAILABLE', `${SWEEP_CLOCK_KEY} was stored and cannot be seen`);
  return facts.modified.getTime();
}
