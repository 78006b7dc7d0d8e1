import { z } from 'zod';
import { putOwnJson, readJson } from './json-object.ts';
import { epochKey } from './keys.ts';
import { lsnText } from './manifest.ts';
import type { ObjectStore } from './store/object-store.ts';

/**
 * One incarnation of the slot. It is stored after the slot was made, so a slot of our name without
 * it is half-made.
 */
const epochInfo = z.object({
  epoch: z.int().positive().max(0xffff),
  slot: z.string(),
  /** where the slot begins */
  consistentPoint: lsnText,
  systemId: z.string(),
  timeline: z.int(),
  /**
   * ISO 8601 by the source's clock: it was begun by itself, as the answer to a gap; absent: by a
   * person, or as the first one
   */
  answeredGapAt: z.string().optional(),
  /** fingerprint of the configuration of tables of whoever made it; absent: it has none */
  rules: z.string().optional(),
});
export type EpochInfo = z.infer<typeof epochInfo>;

/**
 * All epochs, oldest first. They are few and dense, so they are read one after the other: a list
 * may lag. `known`: the first ones, not read again.
 */
export async function readEpochs(store: ObjectStore, known: readonly EpochInfo[] = []): Promise<EpochInfo[]> {
  const epochs = [...known];
  for (;;) {
    const found = await readJson(store, epochInfo, epochKey(epochs.length + 1));
    if (found === null) return epochs;
    epochs.push(found);
  }
}

/** Stores an epoch. FENCED when another process has stored this number. */
export async function putEpoch(store: ObjectStore, info: EpochInfo): Promise<void> {
  await putOwnJson(store, epochKey(info.epoch), epochInfo.parse(info));
}
