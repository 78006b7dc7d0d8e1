import type { Log } from '../core/log.ts';
import type { ExportPlan } from '../core/sections/config-exports.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { Engine } from '../warehouse/engine.ts';
import type { Reconcile } from './quality/reconcile.ts';

/** What the transformer of one warehouse works with. */
export interface TransformerOptions {
  readonly store: ObjectStore;
  readonly warehouseId: string;
  /** Opens the warehouse as its builder. Errors: NOT_RUNNING. */
  openBuilder(): Promise<Engine>;
  /** The directory of the models. */
  readonly directory: string;
  /** Memory of one statement, in bytes. */
  readonly memoryBytes: number;
  /** Exports that have a time. */
  readonly exports?: readonly ExportPlan[] | undefined;
  readonly s3PathStyle?: boolean | undefined;
  /** Counts rows on both sides for `@reconcile`; default: there is no source. */
  readonly reconcile?: Reconcile | null;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called when a request was put into the lake, so that the compactor can be told. */
  readonly onAsked?: (() => void) | undefined;
  /**
   * Registers a function to call when the compactor's position moved. Without it, a quiet lake on
   * S3 is looked at every few seconds.
   */
  readonly onMoved?: ((called: () => void) => void) | undefined;
}
