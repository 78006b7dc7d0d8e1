/**
 * Messages between the engine's parent and its child over the channel of `fork`. Every request has
 * an id; every id gets exactly one `done` or `failed`.
 */

import type { ReaderPlan } from './reader-plan.ts';

export interface ChildOptions {
  readonly directory: string;
  /** Limit of the whole engine; single statements get less. */
  readonly memoryBytes: number;
  /** Sessions for trusted queries. */
  readonly querySessions: number;
  /** Folder of named pipes; the child removes it when its parent has died. */
  readonly pipes: string;
  /** It reads S3 with the role of this machine or process, not with keys that it is given. */
  readonly ownRole: boolean;
}

export type ChildRequest =
  | { readonly id: number; readonly op: 'exec' | 'query'; readonly sql: string }
  /**
   * Runs in sessions of its own (reader-plan.ts); `sql` writes into a pipe that the parent reads.
   */
  | ({ readonly id: number; readonly op: 'read'; readonly tag: string } & Pick<ReaderPlan, 'vet' | 'check' | 'setup' | 'sql'>)
  /** Runs the statements in a session of its own; `rows`: the last one's rows are sent. */
  | {
      readonly id: number;
      readonly op: 'build';
      readonly tag: string;
      /** As SQL. */
      readonly settings: string;
      readonly statements: readonly string[];
      readonly rows: boolean;
    }
  | { readonly id: number; readonly op: 'kill'; readonly tag: string }
  | { readonly id: number; readonly op: 'close' };

/** The end of a `read` that was not refused, as JSON in its answer. */
export interface EndedRead {
  /** Names after FROM as written, also those of WITH. */
  readonly tables: readonly string[];
  /** Rows of the answer; null: it failed. */
  readonly rows: number | null;
  readonly failure: { readonly code: number | null; readonly message: string } | null;
}

export type ChildReply =
  | { readonly kind: 'ready' }
  /** The engine itself could not be loaded. */
  | { readonly kind: 'unloaded'; readonly message: string }
  | { readonly kind: 'unopened'; readonly code: number | null; readonly message: string }
  | { readonly kind: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly code: number | null; readonly message: string };
