import { isDeepStrictEqual } from 'node:util';
import { formatLsn } from '../../core/lsn.ts';
import { isoText } from '../../lake/civil-time.ts';
import type { FileEntry } from '../../lake/manifest.ts';
import type { Relation } from '../../postgres/pgoutput/handler.ts';
import type { RelationPlan } from './relation-plan.ts';
import type { RowTarget } from './row-target.ts';
import type { Commit, Transaction } from './transaction.ts';
import { TablePart } from './table-part.ts';

/** A relation as the transaction showed it, and how its rows were read since: null, not at all. */
export interface SeenRelation {
  readonly relation: Relation;
  readonly plan: RelationPlan | null;
}

/**
 * A transaction that arrives while it runs. Its rows carry the xid of their (sub)transaction and no
 * facts of a commit, which are known at its end only and stand in the manifest then. Its files are
 * its own: nothing of it is in a batch before its commit, and what an abort leaves is deleted.
 */
export class StreamedTransaction implements RowTarget {
  readonly xid: number;
  readonly relations = new Map<number, SeenRelation>();
  /** Contents of messages of ours. */
  readonly said: string[] = [];
  readonly #aborted = new Set<number>();
  /** (Sub)transactions of which something came. */
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

  /** What becomes of the files that were written of it. */
  get files(): readonly Promise<FileEntry>[] {
    return this.#files;
  }

  /**
   * The entities of its files were followed through key changes that may not have happened: of a
   * subtransaction that was rolled back later.
   */
  get doubtful(): boolean {
    return this.#aborted.size > 0 && (this.#keyChanges || this.#parts.some((part) => part.counts.keyChanges > 0));
  }

  /** What comes next is of this (sub)transaction. */
  within(xid: number): void {
    if (this.#current.xid !== xid) this.#current = this.#of(xid);
  }

  /**
   * The transaction shows a relation. `plan`: how its rows are read as far as is known now;
   * undefined: nobody knows. Returns why it cannot be taken while it runs, also where it has shown
   * the relation in another shape before; null: it can.
   */
  see(relation: Relation, plan: RelationPlan | null | undefined): string | null {
    const name = `${relation.schema}.${relation.name}`;
    const before = this.relations.get(relation.oid);
    if (before !== undefined && !isDeepStrictEqual(before.relation, relation)) return `${name} changed its shape in it`;
    if (plan === undefined) return `the shape of ${name} is not known`;
    if (before === undefined) this.relations.set(relation.oid, { relation, plan });
    return null;
  }

  planOf(relId: number): RelationPlan | null {
    return this.relations.get(relId)?.plan ?? null;
  }

  partOf(plan: RelationPlan): TablePart {
    if (plan.part !== null) return plan.part;
    plan.part = new TablePart(plan);
    this.#parts.push(plan.part);
    return plan.part;
  }

  ordinal(plan: RelationPlan, bytes: number): number {
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
   * Itself as an anchor; null where all that came of it was rolled back: sent at its commit, it may
   * be left out.
   */
  anchor({ commitLsn, commitTimeUs }: Commit): Transaction | null {
    const kept = [...this.#touched].some((xid) => !this.#aborted.has(xid));
    return kept ? { commitLsn, commitTimeUs, xid: this.xid } : null;
  }

  /** A subtransaction was rolled back: its rows are none, wherever they are. */
  abort(subXid: number): void {
    this.#aborted.add(subXid);
  }

  /** Writes what is in memory; `write` tells what becomes of a file. */
  spill(write: (part: TablePart) => Promise<FileEntry>): void {
    for (const part of this.#parts) {
      part.plan.part = null;
      this.#keyChanges ||= part.counts.keyChanges > 0;
      this.#files.push(write(part));
    }
    this.#parts = [];
    this.#bytes = 0;
  }

  /** Its files, in order, with what is known of them now that it is committed. */
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
