import type { Log } from '../core/log.ts';
import type { TableRules } from '../core/table-rule.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { SourceOptions } from '../postgres/session/connect.ts';

/** How much is held and how old a batch gets. */
export interface ReplicateLimits {
  /** Column data in memory. */
  readonly memoryBytes: number;
  readonly maxAgeMs: number;
  readonly batchRows: number;
  readonly batchBytes: number;
  /** How long the lake may take nothing before the source is let go; 30 s. */
  readonly stallMs?: number;
}

/** What the role is made of. */
export interface ReplicatorOptions {
  readonly source: SourceOptions;
  readonly store: ObjectStore;
  /**
   * Of the lake that it must be; absent: whichever is found first, and made where there is none.
   */
  readonly lakeId?: string | undefined;
  /** Globs over `schema.table`; null: every table. */
  readonly tables: readonly string[] | null;
  /** What is left out of which table. */
  readonly rules: TableRules;
  readonly limits: ReplicateLimits;
  readonly heartbeatMs: number;
  /**
   * Large transactions are taken while they run, so that the source need not keep them on its disk.
   */
  readonly inProgress: boolean;
  readonly onGap: 'stop' | 'resync';
  readonly log: Log;
  readonly signal: AbortSignal;
  /** `published`: a batch with more than a position is in the lake. */
  readonly events?: (event: { readonly event: 'ready' | 'published' }) => void;
}
