/**
 * What one process at a time holds of the models of a warehouse: `role` belongs to the living
 * transform role, `run` to the process whose run builds models.
 */
export type BuilderLock = 'role' | 'run';

/** A lock that this process has. It is free again when the process has ended, in any way. */
export interface BuilderHold extends AsyncDisposable {
  /** Aborted when the lock was lost without `release`: another process may have it. */
  readonly lost: AbortSignal;
  /** Frees the lock. Idempotent. */
  release(): Promise<void>;
}

export interface HoldOptions {
  /** Waits while another process has the lock; otherwise that is TRANSFORM_IN_USE. */
  readonly wait: boolean;
  /** Ends the waiting, also with TRANSFORM_IN_USE. */
  readonly signal?: AbortSignal | undefined;
}
