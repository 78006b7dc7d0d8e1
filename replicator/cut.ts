/** When a batch is worth a manifest and how much may be held. Times in milliseconds. */
export interface CutLimits {
  /** Youngest age at which a drained socket ends the batch. */
  readonly minAgeMs: number;
  /** Age at which it ends in any case. */
  readonly maxAgeMs: number;
  /** Age at which a mere position becomes a manifest. */
  readonly positionAgeMs: number;
  readonly rows: number;
  /** Bytes of column data in memory. */
  readonly bytes: number;
}

/** What is known when the question is asked. */
export interface CutState {
  readonly rows: number;
  readonly bytes: number;
  /** Somebody waits for what is in it; else it only holds a position. */
  readonly worthy: boolean;
  /** null: nothing in it. */
  readonly openedAtMs: number | null;
  /** Each such batch costs the compactor a step that cannot be shared with others. */
  readonly costly: boolean;
  /** Everything the source had to say was read. */
  readonly drained: boolean;
  readonly inTransaction: boolean;
  /** A batch is on its way; the next one waits for it. */
  readonly publishing: boolean;
}

/** `cut`: publish now. `spill`: write the files now and go on with the transaction. `wait`: ask again then, null: when something happens. */
export type CutDecision = { readonly kind: 'cut' } | { readonly kind: 'spill' } | { readonly kind: 'wait'; readonly ms: number | null };

/** A batch ends between transactions only; it ends early when the source is quiet, and late when it is not or when the batch is a costly one. */
export function decideCut(state: CutState, limits: CutLimits, nowMs: number): CutDecision {
  if (state.openedAtMs === null) return { kind: 'wait', ms: null };
  if (state.inTransaction) return state.bytes >= limits.bytes ? { kind: 'spill' } : { kind: 'wait', ms: null };
  if (state.publishing) return { kind: 'wait', ms: null };
  if (state.rows >= limits.rows || state.bytes >= limits.bytes) return { kind: 'cut' };
  const ageMs = nowMs - state.openedAtMs;
  const dueMs = !state.worthy ? limits.positionAgeMs : state.drained && !state.costly ? limits.minAgeMs : limits.maxAgeMs;
  return ageMs >= dueMs ? { kind: 'cut' } : { kind: 'wait', ms: dueMs - ageMs };
}
