import type { Readable } from 'node:stream';
import type { BuilderHold, BuilderLock, HoldOptions } from '../core/builder-hold.ts';
import type { Owner } from './owner.ts';
import type { StatementLife } from './running-statements.ts';

/** One statement of a reader; its SQL is not trusted. */
export interface ReadRequest {
  readonly sql: string;
  /** Output format when the statement has no FORMAT clause of its own. */
  readonly format: string;
  /** Values of `{name:Type}` placeholders, as text in ClickHouse's escaped form. */
  readonly params?: Readonly<Record<string, string>>;
  /** Settings that the reader asked for: honoured (reader-settings.ts) or refused by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Database of names without one. Default: the engine's own, `default`. */
  readonly database?: string;
  /** Sent by another tailrace process: it has no time limit. */
  readonly unhurried?: boolean;
  /** Ends the query in the engine as well as the stream. */
  readonly signal?: AbortSignal;
  /** Embedded only: called when the statement has ended, unless it was refused. */
  readonly report?: (read: ReadReport) => void;
}

/** What a statement of a reader read. */
export interface ReadReport {
  /** `database.table`, each once; none for a statement such as SHOW. */
  readonly tables: readonly string[];
  /** Rows of the answer; null: it failed or was broken off. */
  readonly rows: number | null;
}

export interface ReadResult {
  /** Format of the bytes: that of the statement's FORMAT clause, or else the requested one. */
  readonly format: string;
  /**
   * Read it to its end or destroy it. A failure after the first rows destroys it with a
   * TailraceError.
   */
  readonly body: Readable;
}

/** Bounds of one statement that builds a model. */
export interface BuildLimits {
  readonly memoryBytes: number;
  readonly threads: number;
}

/** Trusted statements of another process, which came through the builder's door. */
export interface BuildCall {
  /**
   * `effect` and `rows`: one statement, which ends when `signal` is aborted. `together`: all in
   * order behind the readers' gate; once begun, they are not broken off. `write`: as `effect`, but
   * it begins like a query of a reader, so that it sees no half of a move.
   */
  readonly as: 'effect' | 'rows' | 'together' | 'write';
  readonly statements: readonly string[];
  readonly limits: BuildLimits;
  readonly signal: AbortSignal;
}

/** A replica that cannot stand in for the others of its shard. */
export interface LaggingReplica {
  /** Both from 1. */
  readonly shard: number;
  readonly replica: number;
  readonly host: string;
  /** How far it is behind; null: it does not answer, or takes no rows. */
  readonly seconds: number | null;
}

/** How back ends differ. Callers ask for these and never for the kind of an engine. */
interface EngineTraits {
  /**
   * The warehouse is a directory that this process alone has open. Otherwise several processes can
   * reach it, and a lease says which of them may write.
   */
  readonly ownsDirectory: boolean;
  /** It reads files of this machine by itself; otherwise they are sent to it with `insertRows`. */
  readonly readsLocalFiles: boolean;
  /** It runs in a child process, so WAREHOUSE_UNAVAILABLE may mean that a statement killed it. */
  readonly diesAlone: boolean;
  /** The name of its cluster, where it is one. */
  readonly cluster?: string;
}

/**
 * A ClickHouse engine: chDB in a child process, or a server over HTTP. Both run the same SQL.
 *
 * Order: `exec` and `insertRows` begin in the order of the calls, one at a time, or as many as an
 * owner of a server asks for (`parallel`): await one that another depends on. `query` and `read`
 * run beside them and see everything that resolved before.
 * Durability: what has resolved survives kill -9; for power loss the statement must request fsync.
 * Atomicity: one block of one INSERT is all or nothing; nothing larger is. A rejected statement may
 * have run, so callers repeat only idempotent ones.
 * Errors: TailraceError. Its cause is a ClickHouseError when the engine answered.
 * WAREHOUSE_UNAVAILABLE means that no answer came; a later call may succeed.
 * Sessions: none that callers can see. Settings go into the statement's SETTINGS clause.
 */
export interface Engine extends AsyncDisposable {
  readonly traits: EngineTraits;
  /**
   * Set when this process owns the directory of an embedded warehouse. The endpoint is announced
   * through it.
   */
  readonly owner?: Owner | null;
  /** A folder for the engine's temporary files; it is removed with the engine. */
  readonly scratch?: string;
  /**
   * Cluster only: one engine for each shard, the first of which is this one. Statements for rows of
   * a table run on all of them; definitions of tables reach all through the first.
   */
  readonly shards?: readonly Engine[];
  /** Cluster only: every machine that answers. */
  readonly nodes?: readonly Engine[];
  /** Cluster only: replicas that do not have what the others of their shard have. */
  lagging?(): Promise<LaggingReplica[]>;
  /**
   * Cluster only: chooses one machine of each shard among those that answer now, and lets it catch
   * up with the others. Call it before anything is read whose result is written.
   */
  settle?(): Promise<void>;
  /** Runs one statement for its effect. */
  exec(sql: string): Promise<void>;
  /**
   * Runs statements in order, as `exec` does; the first that fails is the last that runs. Embedded:
   * no query of a reader is planned while they run. Queries that come wait, so that none sees some
   * views from before and some from after. Those that are planned go on; one without rows after two
   * seconds is taken for planned. A server runs them one after the other.
   */
  execTogether(statements: readonly string[]): Promise<void>;
  /**
   * Rows of one trusted SELECT without FORMAT clause; integers of 64 bits and more, and decimals,
   * are strings. For results that fit in memory.
   */
  query<T extends object>(sql: string): Promise<T[]>;
  /**
   * Runs one statement read-only, within the readers' limits, and streams the result with
   * back-pressure. Resolves when the first bytes are there, or the end.
   */
  read(request: ReadRequest): Promise<ReadResult>;
  /**
   * Embedded only: runs statements of a builder in sessions of their own, which yield to the
   * compactor. The rows are JSON lines; empty unless `as` is `rows`.
   */
  build?(call: BuildCall): Promise<Uint8Array>;
  /**
   * Builder of an embedded warehouse only: takes a lock. For a server the lock is in the lake.
   * Errors: TRANSFORM_IN_USE.
   */
  hold?(lock: BuilderLock, options: HoldOptions): Promise<BuilderHold>;
  /**
   * Server only: the query ids of later statements begin with the words of this life
   * (running-statements.ts), so that other processes can find and end them.
   */
  identify?(life: StatementLife): void;
  /**
   * Server only: fails with WAREHOUSE_TAKEN when another process has taken the warehouse. Once it
   * resolves, everything that this process was answered before had no rows of another one. So it is
   * asked after what must not be mixed, however long before that the process was frozen.
   */
  confirm?(): Promise<void>;
  /**
   * Server only: runs a statement about something whose name has the lease of this process, so that
   * it may be removed by it for ever.
   */
  discard?(sql: string): Promise<void>;
  /**
   * Server only. `insert`: an INSERT statement that ends in its FORMAT clause (it may SELECT from
   * input('structure')). `body`: rows in that format.
   */
  insertRows?(insert: string, body: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Ends running queries, then releases the warehouse. Idempotent; later calls of the other methods
   * are refused.
   */
  close(): Promise<void>;
}
