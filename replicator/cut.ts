/** When a batch is worth a manifest and how much may be held. Times in milliseconds. */
export interface CutLimits {
  /** Youngest age at which a drained socket ends the batch. */
  readonly minAgeMs: number;
  /** Age at which it ends in any case, but for a costly one of a source that is far ahead. */
  readonly maxAgeMs: number;
  /** Age at which a mere position becomes a manifest. */
  readonly positionAgeMs: number;
  readonly rows: number;
  /** Bytes of column data in memory. */
  readonly bytes: number;
  /** The same of a costly batch. */
  readonly costlyBytes: number;
}

/** What is known when the question is asked. */
export interface CutState {
  readonly rows: number;
  readonly bytes: number;
  /** Somebody waits for what is in it; else it only holds a position. */
  readonly worthy: boolean;
  /** By the clock of `nowMs`; null: nothing in it. */
  readonly openedAtMs: number | null;
  /** Each such batch costs the compactor a step that cannot be shared with others. */
  readonly costly: boolean;
  /**
   * How long ago its last transaction was committed, by the source's clock and ours; 0 where
   * nothing was.
   */
  readonly lagMs: number;
  /** Everything the source had to say was read. */
  readonly drained: boolean;
  readonly inTransaction: boolean;
  /** A batch is on its way; the next one waits for it. */
  readonly publishing: boolean;
}

/**
 * `cut`: publish now. `spill`: write the files now and go on with the transaction. `wait`: ask
 * again then, null: when something happens.
 */
export type CutDecision = { readonly kind: 'cut' } | { readonly kind: 'spill' } | { readonly kind: 'wait'; readonly ms: number | null };

/**
 * Later than this nobody sees how old a batch was when it ended. Clocks that differ by more make
 * costly batches larger, or as small as ever.
 */
const FAR_BEHIND_MS = 10_000;
const PATIENCE_FAR_BEHIND = 4;

/**
 * A batch ends between transactions only; it ends early when the source is quiet, and late when it
 * is not or when the batch is a costly one.
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
 * Whether a batch has as many bytes as it may have. Asked for every message, so what costs most is
 * asked last.
 */
export function isFull(batch: Pick<CutState, 'bytes' | 'costly'>, limits: CutLimits): boolean {
  return batch.bytes >= limits.bytes && (batch.bytes >= limits.costlyBytes || !batch.costly);
}

function dueAfterMs({ worthy, costly, drained, lagMs }: CutState, limits: CutLimits): number {
  if (!worthy) return limits.positionAgeMs;
  if (costly) return lagMs > FAR_BEHIND_MS ? PATIENCE_FAR_BEHIND * limits.maxAgeMs : limits.maxAgeMs;
  return drained ? limits.minAgeMs : limits.maxAgeMs;
}
