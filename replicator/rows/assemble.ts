import type { Lsn } from '../../core/lsn.ts';
import { badFrame } from '../../postgres/wire/byte-reader.ts';
import { MESSAGE_PREFIX, QUIET_MESSAGE } from '../../postgres/session/system.ts';
import type { LogicalMessage, PgoutputHandler, Relation } from '../../postgres/pgoutput/handler.ts';
import { emptyTuple } from '../../postgres/pgoutput/tuple.ts';
import type { TupleRange } from '../../postgres/pgoutput/tuple.ts';
import { InProgress } from './in-progress.ts';
import { sameKey } from './key-of.ts';
import { NotInProgress } from './not-in-progress.ts';
import type { OpenBatch } from './open-batch.ts';
import { samePlan } from './relation-plan.ts';
import type { RelationPlan } from './relation-plan.ts';
import { RowFiles } from './row-files.ts';
import type { RowTarget } from './row-target.ts';
import type { StreamedTransaction } from './streamed-transaction.ts';
import type { Commit } from './transaction.ts';
import { DELETE, INSERT, UPDATE } from './system-columns.ts';
import type { Transaction } from './transaction.ts';
import type { RowSource, TablePart } from './table-part.ts';

/** Receives everything that is not a row. */
export interface AssemblerListener {
  /**
   * A Relation message. No row of it may be read until `setPlan` is called for it. `commitLsn` is
   * that of its transaction; 0n outside of one.
   */
  relation(relation: Relation, commitLsn: Lsn): void;
  truncated(oid: number, xid: number): void;
  /** The content of one of our messages. */
  said(content: string): void;
  /** The transaction of this xid was read completely. */
  committed(xid: number): void;
  /**
   * How rows after this message are read in a transaction in progress; undefined: unknown until its
   * commit.
   */
  foresee(relation: Relation): RelationPlan | null | undefined;
  /**
   * A transaction in progress cannot be taken while it runs. Everything after this call is
   * discarded.
   */
  refused(error: NotInProgress): void;
  /**
   * A transaction that was in progress is committed. Nothing may be read until its files are in the
   * batch.
   */
  streamCommitted(transaction: StreamedTransaction, commit: Commit): void;
  /** A transaction that was in progress was rolled back. Nothing will name its files. */
  streamRolledBack(transaction: StreamedTransaction): void;
}

/**
 * Messages of the stream → rows of the batch under construction. In: each message once, in order.
 * Out: row images numbered from 1 within their transaction, in one file per table and schema. A key
 * change is two images: the tombstone of the old key, then the new row. Rows of relations without a
 * plan are skipped. A transaction in progress has its own files until its commit.
 */
export class Assembler implements PgoutputHandler, RowTarget {
  readonly stream: InProgress;
  readonly #batch: OpenBatch;
  readonly #listener: AssemblerListener;
  readonly #files = new Map<number, RowFiles>();
  readonly #after: RowSource = { tuple: emptyTuple(), old: null, buf: Buffer.alloc(0) };
  readonly #before: RowSource = { tuple: emptyTuple(), old: null, buf: Buffer.alloc(0) };
  #transaction: Transaction | null = null;
  #images = 0;
  #touched = false;
  #lastOid = -1;
  #lastFiles: RowFiles | null = null;

  constructor(batch: OpenBatch, listener: AssemblerListener) {
    this.#batch = batch;
    this.#listener = listener;
    this.stream = new InProgress(
      (transaction, commit) => listener.streamCommitted(transaction, commit),
      (transaction) => listener.streamRolledBack(transaction),
    );
  }

  /**
   * True between a Begin and its Commit, and while a transaction that was in progress is put into
   * the batch. No batch may end there.
   */
  get inTransaction(): boolean {
    return this.#transaction !== null || this.stream.committing;
  }

  /** How rows of the relation are read from here on; null: they are skipped. */
  setPlan(oid: number, plan: RelationPlan | null): void {
    this.#lastOid = -1;
    const known = this.#files.get(oid);
    if (plan === null) this.#files.delete(oid);
    else if (known === undefined || !samePlan(known.plan, plan)) this.#files.set(oid, new RowFiles(plan));
  }

  begin(finalLsn: Lsn, commitTimeUs: bigint, xid: number): void {
    if (this.#transaction !== null) throw badFrame('a transaction begins inside another one');
    this.#transaction = { commitLsn: finalLsn, commitTimeUs, xid };
    this.#images = 0;
    this.#touched = false;
    this.#batch.open();
  }

  commit(commitLsn: Lsn, endLsn: Lsn, commitTimeUs: bigint): void {
    if (this.#transaction?.commitLsn !== commitLsn) throw badFrame('a commit does not belong to the open transaction');
    const transaction = this.#transaction;
    this.#transaction = null;
    this.#batch.commit(endLsn, commitTimeUs, this.#touched ? transaction : null);
    this.#listener.committed(transaction.xid);
  }

  relation(relation: Relation): void {
    const streamed = this.stream.current;
    if (streamed === null) return this.#listener.relation(relation, this.#transaction?.commitLsn ?? 0n);
    const reason = streamed.see(relation, this.#listener.foresee(relation));
    if (reason !== null) this.#listener.refused(new NotInProgress(streamed.xid, reason));
  }

  type(): void {}

  origin(): void {}

  message(message: LogicalMessage): void {
    if (!message.transactional) return;
    (this.stream.current ?? this).touched();
    if (!message.prefix.startsWith(MESSAGE_PREFIX)) return;
    const content = message.content.toString();
    if (this.stream.current !== null) return void this.stream.current.said.push(content);
    if (content !== QUIET_MESSAGE) this.#batch.urge();
    this.#listener.said(content);
  }

  insert(relId: number, tuple: TupleRange, buf: Buffer): void {
    const into = this.stream.current ?? this;
    into.touched();
    const files = into.filesOf(relId);
    if (files === null) return;
    into.partOf(files).image(INSERT, into.ordinal(files, tuple.bytes), into.transaction(), source(this.#after, tuple, null, buf));
  }

  update(relId: number, old: TupleRange | null, tuple: TupleRange, buf: Buffer): void {
    const into = this.stream.current ?? this;
    into.touched();
    const files = into.filesOf(relId);
    if (files === null) return;
    const part = into.partOf(files);
    const after = source(this.#after, tuple, old, buf);
    if (old !== null) {
      const before = source(this.#before, old, null, buf);
      if (files.plan.table.identity === 'full') part.image(DELETE, into.ordinal(files, old.bytes), into.transaction(), before);
      else if (!sameKey(files.plan, before, after)) part.keyChange(into.ordinal(files, old.bytes), into.transaction(), { before, after });
    }
    part.image(UPDATE, into.ordinal(files, tuple.bytes), into.transaction(), after);
  }

  delete(relId: number, old: TupleRange, buf: Buffer): void {
    const into = this.stream.current ?? this;
    into.touched();
    const files = into.filesOf(relId);
    if (files === null) return;
    const part = into.partOf(files);
    const before = source(this.#before, old, null, buf);
    if (files.plan.table.identity === 'full') part.image(DELETE, into.ordinal(files, old.bytes), into.transaction(), before);
    else part.tombstone(into.ordinal(files, old.bytes), into.transaction(), before);
  }

  truncate(relIds: readonly number[]): void {
    const streamed = this.stream.current;
    if (streamed !== null) return this.#listener.refused(new NotInProgress(streamed.xid, 'it truncates a table'));
    this.touched();
    for (const relId of relIds) {
      const files = this.filesOf(relId);
      if (files === null) continue;
      this.partOf(files).truncate(this.ordinal(files, 0), this.transaction());
      this.#listener.truncated(relId, this.transaction().xid);
    }
  }

  filesOf(relId: number): RowFiles | null {
    if (relId !== this.#lastOid) {
      this.#lastOid = relId;
      this.#lastFiles = this.#files.get(relId) ?? null;
    }
    return this.#lastFiles;
  }

  partOf(files: RowFiles): TablePart {
    return files.part ?? this.#batch.openPart(files);
  }

  ordinal({ plan }: RowFiles, bytes: number): number {
    this.#batch.addRow(plan.rowBytes + bytes);
    this.#images += 1;
    return this.#images;
  }

  touched(): void {
    this.#touched = true;
  }

  transaction(): Transaction {
    if (this.#transaction === null) throw badFrame('a change is outside of a transaction');
    return this.#transaction;
  }
}

function source(into: RowSource, tuple: TupleRange, old: TupleRange | null, buf: Buffer): RowSource {
  into.tuple = tuple;
  into.old = old;
  into.buf = buf;
  return into;
}
