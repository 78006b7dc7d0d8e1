import type { Log } from '../../core/log.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { Engine } from '../../warehouse/engine.ts';
import type { LakeSource } from './lake-source.ts';

/** What a step needs to read files of the lake and to write to the warehouse. */
export interface StepContext {
  readonly store: ObjectStore;
  readonly engine: Engine;
  readonly lake: LakeSource;
  readonly log: Log;
  /**
   * Scalar that throws when another compactor has taken over; every insert of rows contains it.
   * null when there cannot be another one.
   */
  readonly fence: string | null;
}
