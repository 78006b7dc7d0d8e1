import { z } from 'zod';
import { putOwnJson, readJson } from './json-object.ts';
import { epochKey } from './keys.ts';
import { lsnText } from './manifest.ts';
import type { ObjectStore } from './store/object-store.ts';

/**
 * One incarnation of the slot. It is stored after the slot is made, so a slot of our name without
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
   * ISO 8601, by the clock of the source: when it began by itself, as the answer to a gap. Absent:
   * a person began it, or it is the first.
   */
  answeredGapAt: z.string().optional(),
  /** fingerprint of the configuration of tables of its maker; absent: there is none */
  rules: z.string().optional(),
});
export type EpochInfo = z.infer<typeof epochInfo>;

/**
 * All epochs, oldest first. They are few and dense, so they are read one by one: a listing may lag.
 * `known`: the first ones, which are not read again.
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
