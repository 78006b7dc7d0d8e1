import type { Retry } from '../../core/errors.ts';
import type { RoleReport } from '../../monitor/role-report.ts';
import type { StatusReport } from '../../monitor/status.ts';

/** The progress of long work. `total` is an estimate, null when there is none. */
export interface Progress {
  readonly event: 'progress';
  /** `snapshot` is into the lake, `load` from there into the warehouse. */
  readonly work: 'snapshot' | 'load' | 'catch-up' | 'rebuild' | 'verify';
  readonly table: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly unit: 'rows' | 'batches' | 'tables' | 'bytes';
}

/** News from a role: sent to its parent under `run`, else printed as JSON lines on stdout. */
export type RoleEvent =
  | { readonly event: 'ready'; readonly role: 'replicate' }
  | { readonly event: 'ready'; readonly role: 'snapshot' }
  | { readonly event: 'ready'; readonly role: 'compact'; readonly sql: string }
  | { readonly event: 'ready'; readonly role: 'transform' }
  | { readonly event: 'ready'; readonly role: 'monitor'; readonly page: string; readonly metrics: string }
  /** Another compactor works on the server; this one waits for it. */
  | { readonly event: 'standby'; readonly role: 'compact' }
  | { readonly event: 'table'; readonly table: string; readonly state: string }
  /** A batch with more than a position is in the lake: the parent tells the compactor. */
  | { readonly event: 'published' }
  /** The compactor's position changed: the parent tells the roles that follow it. */
  | { readonly event: 'moved' }
  /** A request is in the lake: the parent tells the compactor. */
  | { readonly event: 'asked' }
  | Progress
  | { readonly event: 'status'; readonly report: StatusReport }
  /** An error that the role retries; null: it works again. */
  | { readonly event: 'trouble'; readonly error: string | null }
  /** From the parent to the monitor: the state of all roles. */
  | { readonly event: 'roles'; readonly roles: readonly RoleReport[] }
  | { readonly event: 'error'; readonly message: string; readonly retry: Retry; readonly exitCode: number };
