import { z } from 'zod';
import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import { storedLsn } from './stored-lsn.ts';
import { keptObject } from '../../lake/kept-object.ts';

/** No position: below every commit. */
export const NO_LSN: Lsn = 0n;

/**
 * How far all live tables have come: every batch up to `manifest`, and of the next one the commits
 * below `lsn` (NO_LSN: none). `hash` and `points` identify the history of the lake.
 */
export const front = keptObject({
  manifest: z.int().nonnegative(),
  epoch: z.int().nonnegative(),
  lsn: storedLsn,
  /** Everything below is applied. */
  appliedLsn: storedLsn,
  /** Greatest commit time at or below appliedLsn. */
  asOf: z.string().nullable(),
  /** Hash of the manifest; absent when an older version saved the front. */
  hash: z.string().optional(),
  /** Where each epoch began, by its number, as far as it was applied. */
  points: z.record(z.string(), storedLsn).default({}),
});
export type Front = z.infer<typeof front>;

/** The front of a warehouse that has applied nothing. */
export const NO_FRONT: Front = { manifest: 0, epoch: 0, lsn: NO_LSN, appliedLsn: NO_LSN, asOf: null, points: {} };

type FrontManifest = Pick<StoredManifest, 'number' | 'epoch' | 'from' | 'to' | 'commitTimes' | 'hash'>;

/** The front after these batches; `before`: only commits of the last one below it count. */
export function frontAfter(from: Front, manifests: readonly FrontManifest[], before: Lsn | null): Front {
  return manifests.reduce((at, manifest) => {
    const { number, epoch, commitTimes, hash } = manifest;
    const to = parseLsn(manifest.to);
    const points = { [epoch]: parseLsn(manifest.from), ...at.points };
    if (before !== null && to > before) return { ...at, epoch, lsn: before, appliedLsn: before, points };
    const asOf = laterTime(at.asOf, commitTimes?.[1] ?? null);
    return { ...at, manifest: number, epoch, lsn: NO_LSN, appliedLsn: to, asOf, hash, points };
  }, from);
}

/**
 * The front right after a batch, when those before it were not applied one by one. `points`: where
 * each epoch began.
 */
export function frontAt(at: FrontManifest & Pick<StoredManifest, 'anchor'>, points: Front['points']): Front {
  const { number, epoch, commitTimes, anchor, hash } = at;
  const asOf = laterTime(anchor?.time ?? null, commitTimes?.[1] ?? null);
  return { manifest: number, epoch, lsn: NO_LSN, appliedLsn: parseLsn(at.to), asOf, hash, points };
}

/** Where epochs began, by their numbers. */
export function pointsOf(epochs: readonly { readonly epoch: number; readonly consistentPoint: string }[]): Front['points'] {
  return Object.fromEntries(epochs.map(({ epoch, consistentPoint }) => [epoch, parseLsn(consistentPoint)]));
}

/** Commit times are not in the order of commits. */
function laterTime(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one >= other ? one : other;
}
