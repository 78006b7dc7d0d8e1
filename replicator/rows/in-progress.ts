import type { Lsn } from '../../core/lsn.ts';
import type { FileEntry } from '../../lake/manifest.ts';
import { badFrame } from '../../postgres/wire/byte-reader.ts';
import type { StreamHandler } from '../../postgres/pgoutput/handler.ts';
import { StreamedTransaction } from './streamed-transaction.ts';
import type { Commit } from './transaction.ts';
import type { TablePart } from './table-part.ts';

/**
 * Transactions that arrive while they run. Each block belongs to one; between blocks, other
 * transactions may arrive whole (protocol 2,
 * https://www.postgresql.org/docs/current/protocol-logical-replication.html#PROTOCOL-LOGICAL-REPLICATION-FLOW-STREAMED-TRANSACTIONS).
 */
export class InProgress implements StreamHandler {
  readonly #committed: (transaction: StreamedTransaction, commit: Commit) => void;
  readonly #rolledBack: (transaction: StreamedTransaction) => void;
  readonly #open = new Map<number, StreamedTransaction>();
  #current: StreamedTransaction | null = null;
  #committing = false;
  /** Column data of those that are not being read. */
  #otherBytes = 0;

  constructor(
    committed: (transaction: StreamedTransaction, commit: Commit) => void,
    rolledBack: (transaction: StreamedTransaction) => void,
  ) {
    this.#committed = committed;
    this.#rolledBack = rolledBack;
  }

  /** The transaction of the current block; null between blocks. */
  get current(): StreamedTransaction | null {
    return this.#current;
  }

  /** True from the commit of a transaction until its files are in the batch. */
  get committing(): boolean {
    return this.#committing;
  }

  /** The files of the last committed transaction are in the batch. */
  adopted(): void {
    this.#committing = false;
  }

  /** Column data of all of them in memory. Read for every message. */
  get bytes(): number {
    return this.#otherBytes + (this.#current?.bytes ?? 0);
  }

  /** Writes the files in memory of the largest one. */
  spillLargest(write: (part: TablePart) => Promise<FileEntry>): void {
    let largest: StreamedTransaction | null = null;
    for (const transaction of this.#open.values()) if (transaction.bytes > (largest?.bytes ?? 0)) largest = transaction;
    largest?.spill(write);
    this.#count();
  }

  start(xid: number): void {
    if (this.#current !== null) throw badFrame('a block begins inside another one');
    this.#current = this.#open.get(xid) ?? new StreamedTransaction(xid);
    this.#open.set(xid, this.#current);
    this.#count();
  }

  stop(): void {
    if (this.#current === null) throw badFrame('a block ends that did not begin');
    this.#current = null;
    this.#count();
  }

  changeXid(xid: number): void {
    this.#current?.within(xid);
  }

  commit(xid: number, commitLsn: Lsn, endLsn: Lsn, commitTimeUs: bigint): void {
    const transaction = this.#open.get(xid);
    if (transaction === undefined) throw badFrame('a commit belongs to an unknown transaction');
    this.#open.delete(xid);
    this.#count();
    this.#committing = true;
    this.#committed(transaction, { commitLsn, endLsn, commitTimeUs });
  }

  abort(xid: number, subXid: number): void {
    const transaction = this.#open.get(xid);
    if (xid !== subXid) transaction?.abort(subXid);
    else if (transaction !== undefined) {
      this.#open.delete(xid);
      this.#rolledBack(transaction);
    }
    this.#count();
  }

  #count(): void {
    this.#otherBytes = 0;
    for (const transaction of this.#open.values()) if (transaction !== this.#current) this.#otherBytes += transaction.bytes;
  }

  beginPrepare(): void {
    throw unasked();
  }

  prepare(): void {
    throw unasked();
  }

  commitPrepared(): void {
    throw unasked();
  }

  rollbackPrepared(): void {
    throw unasked();
  }

  streamPrepare(): void {
    throw unasked();
  }
}

/** Prepared transactions arrive at their commit, unless the slot was created with two_phase. */
function unasked(): Error {
  return badFrame('a message of two-phase commit was not requested');
}
