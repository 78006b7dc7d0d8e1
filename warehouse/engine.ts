import type { Readable } from 'node:stream';
import type { Owner } from './owner.ts';

/** One statement of a reader: nobody's SQL is trusted here. */
export interface ReadRequest {
  readonly sql: string;
  /** Output format when the statement has no FORMAT clause of its own. */
  readonly format: string;
  /** Values of `{name:Type}` placeholders, as text in ClickHouse's escaped form. */
  readonly params?: Readonly<Record<string, string>>;
  /** Settings a reader asked for: honoured (reader-settings.ts), or refused by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where names without a database are looked for. Default: the engine's own, `default`. */
  readonly database?: string;
  /** Asked for by a process of ours: takes as long as it needs. */
  readonly unhurried?: boolean;
  /** Ends the query in the engine too, not only the stream. */
  readonly signal?: AbortSignal;
}

export interface ReadResult {
  /** The format of the bytes: the statement's own FORMAT clause, or the one asked for. */
  readonly format: string;
  /** Read it to its end or destroy it; a failure half way destroys it with a TailraceError. */
  readonly body: Readable;
}

/**
 * A ClickHouse engine: chDB in a child process, or a server over HTTP. One SQL for both.
 *
 * Order: `exec` and `insertArrow` run one at a time, in the order called; `query` and `read` run
 * beside them and see all that resolved before. Durability: what resolved survives kill -9; against
 * power loss the statement must ask for fsync. Atomicity: one block of one INSERT is all or
 * nothing, nothing larger is. A rejected statement may have run: callers repeat what is idempotent.
 * Errors: TailraceError; its cause is a ClickHouseError when the engine answered.
 * WAREHOUSE_UNAVAILABLE means no answer came, and heals. Sessions: none that callers can see.
 * Settings go into the statement's SETTINGS clause.
 */
export interface Engine extends AsyncDisposable {
  readonly kind: 'embedded' | 'server';
  /**
   * Set where this process owns the directory of an embedded warehouse; the endpoint is announced
   * through it.
   */
  readonly owner?: Owner | null;
  /** A folder of the engine's own, for files that go with it. */
  readonly scratch?: string;
  /** Runs one statement for its effect. */
  exec(sql: string): Promise<void>;
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
   * Server only: from now on every statement for its effect carries this text as its `log_comment`,
   * by which other processes find and end it.
   */
  mark?(tag: string): void;
  /**
   * Server only: `insert` is an INSERT statement without its FORMAT clause (it may SELECT from
   * input('structure')); the body is one Arrow file.
   */
  insertArrow?(insert: string, body: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Ends running queries, then lets go of the warehouse. Idempotent; later calls of the others are
   * refused.
   */
  close(): Promise<void>;
}
