import type { Lsn } from '../../core/lsn.ts';
import type { TupleRange } from './tuple.ts';

/** A table as the stream describes it, sent before its first change and after each invalidation. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_class.relreplident: default, nothing, full, index. */
  readonly identity: 'd' | 'n' | 'f' | 'i';
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
  /** Part of the replica identity; all columns under FULL. */
  readonly key: boolean;
}

/** A user-defined type, sent before the relation that uses it. */
export interface TypeName {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

/** Result of pg_logical_emit_message. */
export interface LogicalMessage {
  readonly transactional: boolean;
  /** End of the message's WAL record. */
  readonly lsn: Lsn;
  readonly prefix: string;
  /** A view of the frame: copy it to keep it. */
  readonly content: Buffer;
}

/**
 * Receives each message as it is read. Times are microseconds since 1970-01-01 UTC; oids and xids
 * are unsigned. Tuples and `buf` are valid only during the call. Calls for one transaction come
 * between its begin and its commit.
 */
export interface PgoutputHandler {
  begin(finalLsn: Lsn, commitTimeUs: bigint, xid: number): void;
  commit(commitLsn: Lsn, endLsn: Lsn, commitTimeUs: bigint): void;
  relation(relation: Relation): void;
  type(type: TypeName): void;
  origin(lsn: Lsn, name: string): void;
  insert(relId: number, newTuple: TupleRange, buf: Buffer): void;
  /** `oldTuple` only when the key changed or under FULL; its `image` says what it holds. */
  update(relId: number, oldTuple: TupleRange | null, newTuple: TupleRange, buf: Buffer): void;
  delete(relId: number, oldTuple: TupleRange, buf: Buffer): void;
  truncate(relIds: readonly number[], flags: number): void;
  message(message: LogicalMessage): void;
  /** Protocol 2 to 4. Without it such messages are BAD_FRAME: they were not requested. */
  readonly stream?: StreamHandler;
}

/** A transaction of two-phase commit. */
export interface PreparedTransaction {
  /**
   * Start of the prepare or commit-prepared record; for a rollback, the end of the prepare record.
   */
  readonly lsn: Lsn;
  readonly endLsn: Lsn;
  /** For a rollback, the time of the prepare. */
  readonly timeUs: bigint;
  readonly xid: number;
  readonly gid: string;
}

/** Messages of protocol 2 (transactions in progress), 3 (two-phase commit) and 4 (parallel). */
export interface StreamHandler {
  start(xid: number, firstSegment: boolean): void;
  stop(): void;
  /** Inside a block, before each message: the (sub)transaction it belongs to. */
  changeXid(xid: number): void;
  commit(xid: number, commitLsn: Lsn, endLsn: Lsn, commitTimeUs: bigint): void;
  /** `at` only with protocol 4 and streaming = parallel. */
  abort(xid: number, subXid: number, at: { readonly lsn: Lsn; readonly timeUs: bigint } | null): void;
  beginPrepare(transaction: PreparedTransaction): void;
  prepare(transaction: PreparedTransaction): void;
  commitPrepared(transaction: PreparedTransaction): void;
  rollbackPrepared(transaction: PreparedTransaction & { readonly rollbackTimeUs: bigint }): void;
  /** Ends a streamed transaction with a prepare. */
  streamPrepare(transaction: PreparedTransaction): void;
}
