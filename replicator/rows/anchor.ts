import { formatLsn } from '../../core/lsn.ts';
import { isoText } from '../../lake/civil-time.ts';
import type { Anchor } from '../../lake/manifest.ts';
import type { Transaction } from './transaction.ts';

/** A committed transaction as manifests have it. */
export function anchorOf({ commitLsn, commitTimeUs, xid }: Transaction): Anchor {
  return { lsn: formatLsn(commitLsn), xid, time: isoText(commitTimeUs) };
}

/**
 * Whether both are the same commit, by position, transaction and microsecond. Another history may
 * have a commit at the same position.
 */
export function sameAnchor(one: Anchor | null, other: Anchor | null): boolean {
  return one?.lsn === other?.lsn && one?.xid === other?.xid && one?.time === other?.time;
}

/** For people. */
export function anchorText({ lsn, xid, time }: Anchor): string {
  return `${lsn} (transaction ${xid}, ${time})`;
}
