import type { Log } from '../core/log.ts';
import type { TableRules } from '../core/table-rule.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { SourceOptions } from '../postgres/session/connect.ts';

/** How much data stays in memory, and how old a batch gets. */
interface ReplicateLimits {
  /** Column data in memory. */
  readonly memoryBytes: number;
  readonly maxAgeMs: number;
  readonly batchRows: number;
  readonly batchBytes: number;
  /**
   * How long the lake may store nothing before the connection to the source is closed; default 30
   * s.
   */
  readonly stallMs?: number;
}

/** What the role is made from. */
export interface ReplicatorOptions {
  readonly source: SourceOptions;
  readonly store: ObjectStore;
  /**
   * Id of the lake that must be found; absent: any lake is accepted, and a new one is created if
   * there is none.
   */
  readonly lakeId?: string | undefined;
  /** Globs over `schema.table`; null: every table. */
  readonly tables: readonly string[] | null;
  /** The rules for single tables. */
  readonly rules: TableRules;
  readonly limits: ReplicateLimits;
  /** Time between manifests of an idle source. */
  readonly heartbeatMs: number;
  /** Time between looks at the catalog; default: that of heartbeats. */
  readonly lookMs?: number;
  /**
   * Receive large transactions while they run, so that the source need not spill them to its disk.
   */
  readonly inProgress: boolean;
  readonly onGap: 'stop' | 'resync';
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Receives events. `published`: a batch with content is in the lake. */
  readonly events?: (event: { readonly event: 'ready' | 'published' }) => void;
}
