import type { HistoryWish } from '../core/sections/table-history.ts';
import type { BaseLog } from '../lake/bases/base-log.ts';
import type { ProofPolicy } from '../lake/bases/counts.ts';
import type { ManifestLog } from '../lake/manifest-log.ts';
import type { KeepWish } from '../lake/readers.ts';
import type { SweepPolicy } from '../lake/retention/sweep-policy.ts';
import type { SameLake } from '../lake/same-lake.ts';
import type { SchemaStore } from '../lake/schema-store.ts';
import type { PositionFile } from './position-file.ts';
import type { HistoryPoint } from './state/history-point.ts';
import type { StepContext } from './step/step-context.ts';
import type { RecentlyApplied } from './state/recently-applied.ts';
import type { TableChanges } from './state/table-changes.ts';
import type { StepLimits } from './plan/plan.ts';
import type { WindowLimits } from './plan/read-manifests.ts';
import type { RetiredStorages } from './storage/retired-storages.ts';
import type { WarehouseState } from './state/warehouse-state.ts';

/** What every part of the compactor works with. */
export interface CompactorContext extends StepContext {
  /** The lake that the warehouse was made from. */
  readonly home: SameLake;
  readonly state: WarehouseState;
  readonly manifests: ManifestLog;
  readonly bases: BaseLog;
  /** What a base needs before this warehouse begins with it. */
  readonly baseProof: ProofPolicy;
  /** When it writes bases. */
  readonly baseRules: BaseRules;
  /** What stays in the lake, and for how long. */
  readonly sweepPolicy: SweepPolicy;
  /** The same, as it is registered for other sweepers of the lake; null: nothing is. */
  readonly keeps: KeepWish | null;
  /** The point of the history at which this warehouse stands; null: it follows the lake. */
  readonly until: HistoryPoint | null;
  readonly schemas: SchemaStore;
  /** Which tables have a history. */
  readonly history: HistoryWish;
  readonly retired: RetiredStorages;
  readonly recent: RecentlyApplied;
  readonly changes: TableChanges;
  readonly positionFile: PositionFile;
  /** Storage policy of new storages; null: the engine's default. */
  readonly storagePolicy: string | null;
  /**
   * It writes nothing to the lake: no position, no answer, no base, and it deletes nothing. Nothing
   * in the lake waits for it.
   */
  readonly readsOnly: boolean;
  /** Lease number of this compactor; its staging tables carry it. */
  readonly lease: number;
  readonly steps: StepLimits;
  readonly window: WindowLimits;
  /** Tables of one window that are applied at the same time. */
  readonly parallel: number;
  /** Reports the progress of long work. */
  progress(event: ProgressEvent): void;
  /** Called after each change of position.json. */
  moved(): void;
}

/** When a compactor writes bases. */
export interface BaseRules {
  /** A table that changed gets one after this time; null: only on request. */
  readonly intervalMs: number | null;
  /** Bytes of batches before which it waits for that time. Default: 64 MiB. */
  readonly leastBytes?: number;
  /** Version of the program. */
  readonly program: string;
}

/** How far a copy is loaded, or how far tables that are brought up have come. */
export interface ProgressEvent {
  readonly event: 'progress';
  readonly work: 'snapshot' | 'catch-up' | 'rebuild';
  readonly table: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly unit: 'rows' | 'batches';
}
