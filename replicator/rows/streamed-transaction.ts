import { isDeepStrictEqual } from 'node:util';
import { formatLsn } from '../../core/lsn.ts';
import { isoText } from '../../lake/civil-time.ts';
import type { FileEntry } from '../../lake/manifest.ts';
import type { Relation } from '../../postgres/pgoutput/handler.ts';
import type { RelationPlan } from './relation-plan.ts';
import { RowFiles } from './row-files.ts';
import type { RowTarget } from './row-target.ts';
import type { Commit, Transaction } from './transaction.ts';
import type { TablePart } from './table-part.ts';

/**
 * A relation as the transaction showed it, and how its rows are read since then; null: they are
 * skipped.
 */
export interface SeenRelation {
  readonly relation: Relation;
  readonly files: RowFiles | null;
}

/**
 * A transaction that arrives while it runs. Its rows have the xid of their (sub)transaction and no
 * facts of a commit: those are known only at its end, and the manifest has them. It has its own
 * files: nothing of it is in a batch before its commit, and its files are deleted after a rollback.
 */
export class StreamedTransaction implements RowTarget {
  readonly xid: number;
  readonly relations = new Map<number, SeenRelation>();
  /** Contents of our messages. */
  readonly said: string[] = [];
  readonly #aborted = new Set<number>();
  /** (Sub)transactions with content. */
  readonly #touched = new Set<number>();
  readonly #transactions = new Map<number, Transaction>();
  #current: Transaction;
  #lastTouched = 0;
  #parts: TablePart[] = [];
  #files: Promise<FileEntry>[] = [];
  #images = 0;
  #bytes = 0;
  #keyChanges = false;

  constructor(xid: number) {
    this.xid = xid;
    this.#current = this.#of(xid);
  }

  /** Column data in memory, roughly and rather too much. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Its files that were written so far. */
  get files(): readonly Promise<FileEntry>[] {
    return this.#files;
  }

  /**
   * True if its files follow entities through key changes that may belong to a subtransaction that
   * was rolled back later.
   */
  get doubtful(): boolean {
    return this.#aborted.size > 0 && (this.#keyChanges || this.#parts.some((part) => part.counts.keyChanges > 0));
  }

  /** The next messages belong to this (sub)transaction. */
  within(xid: number): void {
    if (this.#current.xid !== xid) this.#current = this.#of(xid);
  }

  /**
   * The transaction shows a relation. `plan`: how its rows are read by what is known now;
   * undefined: unknown. Returns why the transaction cannot be taken while it runs, which includes a
   * changed shape of the relation; null: it can.
   */
  see(relation: Relation, plan: RelationPlan | null | undefined): string | null {
    const name = `${relation.schema}.${relation.name}`;
    const before = this.relations.get(relation.oid);
    if (before !== undefined && !isDeepStrictEqual(before.relation, relation)) return `${name} changes its shape in it`;
    if (plan === undefined) return `the shape of ${name} is unknown`;
    if (before === undefined) this.relations.set(relation.oid, { relation, files: plan === null ? null : new RowFiles(plan) });
    return null;
  }

  filesOf(relId: number): RowFiles | null {
    return this.relations.get(relId)?.files ?? null;
  }

  partOf(files: RowFiles): TablePart {
    if (files.part !== null) return files.part;
    const part = files.open();
    this.#parts.push(part);
    return part;
  }

  ordinal({ plan }: RowFiles, bytes: number): number {
    this.#bytes += plan.rowBytes + bytes;
    this.#images += 1;
    return this.#images;
  }

  transaction(): Transaction {
    return this.#current;
  }

  touched(): void {
    const { xid } = this.#current;
    if (xid === this.#lastTouched) return;
    this.#lastTouched = xid;
    this.#touched.add(xid);
  }

  /**
   * The transaction as an anchor. Null if all of its content was rolled back: the source may then
   * skip it at its commit.
   */
  anchor({ commitLsn, commitTimeUs }: Commit): Transaction | null {
    const kept = [...this.#touched].some((xid) => !this.#aborted.has(xid));
    return kept ? { commitLsn, commitTimeUs, xid: this.xid } : null;
  }

  /** A subtransaction was rolled back: its rows are void, in all files. */
  abort(subXid: number): void {
    this.#aborted.add(subXid);
  }

  /** Writes the files that are in memory. */
  spill(write: (part: TablePart) => Promise<FileEntry>): void {
    for (const part of this.#parts) {
      part.files.part = null;
      this.#keyChanges ||= part.counts.keyChanges > 0;
      this.#files.push(write(part));
    }
    this.#parts = [];
    this.#bytes = 0;
  }

  /** Its files in order, with the facts that are known since the commit. */
  commit({ commitLsn, commitTimeUs }: Commit, write: (part: TablePart) => Promise<FileEntry>): Promise<FileEntry>[] {
    this.spill(write);
    const lsn = formatLsn(commitLsn);
    const facts = {
      minCommitLsn: lsn,
      maxCommitLsn: lsn,
      commitLsn: lsn,
      commitTime: isoText(commitTimeUs),
      topXid: this.xid,
      ...(this.#aborted.size === 0 ? {} : { abortedXids: [...this.#aborted].toSorted((a, b) => a - b) }),
    };
    return this.#files.map(async (file) => ({ ...(await file), ...facts }));
  }

  #of(xid: number): Transaction {
    const known = this.#transactions.get(xid);
    if (known !== undefined) return known;
    const made = { commitLsn: 0n, commitTimeUs: 0n, xid };
    this.#transactions.set(xid, made);
    return made;
  }
}
