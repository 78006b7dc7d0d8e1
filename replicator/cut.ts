import { REQUESTED_MS } from './acker.ts';

/** When a batch is worth a manifest, and how much may be in memory. Times in milliseconds. */
export interface CutLimits {
  /** Least age at which a drained socket ends the batch. */
  readonly minAgeMs: number;
  /**
   * Least time between the ends of two batches, where each costs money; 0: none. The first change
   * after a quiet time is not delayed by it.
   */
  readonly spacingMs: number;
  /** Age at which it ends in any case, except a costly one of a source that is far ahead. */
  readonly maxAgeMs: number;
  /** Age at which a batch that only has a position becomes a manifest. */
  readonly positionAgeMs: number;
  readonly rows: number;
  /** Bytes of column data in memory. */
  readonly bytes: number;
  /** The same for a costly batch. */
  readonly costlyBytes: number;
}

/** The state of the batch and the stream. */
export interface CutState {
  readonly rows: number;
  readonly bytes: number;
  /** It has content that readers wait for; otherwise it only has a position. */
  readonly worthy: boolean;
  /** When it was opened, by the clock of `nowMs`; null: it is empty. */
  readonly openedAtMs: number | null;
  /** When the last batch with content was ended, by the same clock; null: none was. */
  readonly endedAtMs: number | null;
  /** The compactor needs a separate step for it. */
  readonly costly: boolean;
  /**
   * Time since the commit of its last transaction, by the source's clock and ours; 0 without one.
   */
  readonly lagMs: number;
  /** Everything that the source has sent was read. */
  readonly drained: boolean;
  readonly inTransaction: boolean;
  /** The source waits for a later position. */
  readonly requested: boolean;
  /** A batch is being published; the next one waits for it. */
  readonly publishing: boolean;
}

/**
 * `cut`: publish now. `spill`: write the files now and continue the transaction. `wait`: ask again
 * after `ms`; null: when something happens.
 */
export type CutDecision = { readonly kind: 'cut' } | { readonly kind: 'spill' } | { readonly kind: 'wait'; readonly ms: number | null };

/**
 * With a lag beyond this, the age of a batch hardly matters. If the clocks differ by more, costly
 * batches become larger or stay small.
 */
const FAR_BEHIND_MS = 10_000;
const PATIENCE_FAR_BEHIND = 4;

/**
 * Decides when a batch ends: only between transactions, early if the source is quiet, later if it
 * is busy or the batch is costly.
 */
export function decideCut(state: CutState, limits: CutLimits, nowMs: number): CutDecision {
  if (state.openedAtMs === null) return { kind: 'wait', ms: null };
  const full = isFull(state, limits);
  if (state.inTransaction) return full ? { kind: 'spill' } : { kind: 'wait', ms: null };
  if (state.publishing) return { kind: 'wait', ms: null };
  if (full || state.rows >= limits.rows) return { kind: 'cut' };
  const ageMs = nowMs - state.openedAtMs;
  const dueMs = dueAfterMs(state, limits);
  return ageMs >= dueMs ? { kind: 'cut' } : { kind: 'wait', ms: dueMs - ageMs };
}

/**
 * Whether a batch has reached its limit of bytes. Called for every message, so the expensive check
 * comes last.
 */
export function isFull(batch: Pick<CutState, 'bytes' | 'costly'>, limits: CutLimits): boolean {
  return batch.bytes >= limits.bytes && (batch.bytes >= limits.costlyBytes || !batch.costly);
}

function dueAfterMs({ worthy, requested, costly, drained, lagMs, openedAtMs, endedAtMs }: CutState, limits: CutLimits): number {
  const spacing = openedAtMs === null || endedAtMs === null ? 0 : limits.spacingMs - (openedAtMs - endedAtMs);
  if (!worthy) return requested ? Math.min(REQUESTED_MS, limits.positionAgeMs) : limits.positionAgeMs;
  if (costly) return lagMs > FAR_BEHIND_MS ? PATIENCE_FAR_BEHIND * limits.maxAgeMs : limits.maxAgeMs;
  return drained ? Math.min(Math.max(limits.minAgeMs, spacing), limits.maxAgeMs) : limits.maxAgeMs;
}
