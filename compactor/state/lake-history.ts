import { TailraceError } from '../../core/errors.ts';
import { parseLsn } from '../../core/lsn.ts';
import type { EpochInfo } from '../../lake/epoch.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import { NO_LSN } from './front.ts';
import type { Front } from './front.ts';

/** What the lake has at the front of a warehouse. */
export interface LakeAtFront {
  /** The front's manifest; null: it is not there. */
  readonly manifest: Pick<StoredManifest, 'epoch' | 'to' | 'hash'> | null;
  /** Number of the newest manifest; 0: there is none. */
  readonly newest: number;
}

/**
 * Null when the lake continues what the warehouse has applied. Otherwise WAREHOUSE_AHEAD: the
 * warehouse has applied another history, as after a lake was restored to an older state; or
 * LAKE_CORRUPT: the front's manifest is missing.
 */
export function historyError(front: Front, { manifest, newest }: LakeAtFront): TailraceError | null {
  if (front.manifest === 0) return null;
  if (manifest === null && newest > front.manifest) {
    return new TailraceError('LAKE_CORRUPT', `manifest ${front.manifest} is missing although later ones exist`, {
      hint: 'Restore the object, or run `tailrace resync --all`.',
    });
  }
  if (manifest === null) return ahead(`the warehouse has applied manifest ${front.manifest}, but the lake ends with ${newest}`);
  const same = front.hash === undefined ? isLike(front, manifest) : front.hash === manifest.hash;
  return same ? null : ahead(`manifest ${front.manifest} is not the one that the warehouse has applied`);
}

/** Throws WAREHOUSE_AHEAD unless the manifest continues what the warehouse has applied. */
export function requireNext(front: Front, next: Pick<StoredManifest, 'number' | 'previous'> | undefined): void {
  if (next?.previous === undefined || front.hash === undefined || next.previous === front.hash) return;
  throw ahead(`manifest ${next.number} does not continue the one that the warehouse has applied`);
}

/**
 * Whether the warehouse has seen nothing of the newest epoch: the epoch was begun after the
 * histories parted.
 */
export function isNewEpoch({ epoch, points }: Front, newest: Pick<EpochInfo, 'epoch' | 'consistentPoint'> | undefined): boolean {
  if (newest === undefined) return false;
  const known = points[newest.epoch];
  return known === undefined ? newest.epoch > epoch : known !== parseLsn(newest.consistentPoint);
}

/** Only the position is known of a front that an older version saved. */
function isLike(front: Front, manifest: { readonly epoch: number; readonly to: string }): boolean {
  return front.lsn !== NO_LSN || (front.epoch === manifest.epoch && front.appliedLsn === parseLsn(manifest.to));
}

function ahead(what: string): TailraceError {
  return new TailraceError('WAREHOUSE_AHEAD', `${what}: the lake has a different history`);
}
