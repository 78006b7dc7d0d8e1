import type { Log } from '../core/log.ts';
import type { ManifestLog } from '../lake/manifest-log.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { SameLake } from '../lake/same-lake.ts';
import type { SchemaStore } from '../lake/schema-store.ts';
import type { Engine } from '../warehouse/engine.ts';
import type { LakeAccess } from './lake-access.ts';
import type { LakeSource } from './lake-source.ts';
import type { Passed } from './passed.ts';
import type { StepLimits } from './plan.ts';
import type { RetiredStorages } from './retired-storages.ts';
import type { WarehouseState } from './warehouse-state.ts';

/** What a window may hold at most; more waits for the next one. */
export interface WindowLimits {
  readonly manifests: number;
  readonly rows: number;
  readonly bytes: number;
}

/** What every part of the compactor works with. */
export interface Workshop {
  readonly store: ObjectStore;
  /** The lake that the warehouse was made from. */
  readonly home: SameLake;
  readonly engine: Engine;
  readonly state: WarehouseState;
  readonly manifests: ManifestLog;
  readonly schemas: SchemaStore;
  readonly access: LakeAccess;
  readonly lake: LakeSource;
  readonly retired: RetiredStorages;
  readonly passed: Passed;
  readonly log: Log;
  /** number of this compactor; its staging tables carry it */
  readonly lease: number;
  /**
   * Scalar that throws when another compactor has taken over, for every insert of rows; null where
   * there can be none.
   */
  readonly fence: string | null;
  readonly steps: StepLimits;
  readonly window: WindowLimits;
  /** Told of a piece of long work. */
  progress(event: ProgressEvent): void;
}

/** How far a copy is loaded, or tables on their way have come. */
export interface ProgressEvent {
  readonly event: 'progress';
  readonly work: 'snapshot' | 'catch-up' | 'rebuild';
  readonly table: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly unit: 'rows' | 'batches';
}
