import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { Anchor } from '../../lake/manifest.ts';
import type { LogicalMessage, PgoutputHandler } from '../../postgres/pgoutput/handler.ts';
import { anchorOf, anchorText, sameAnchor } from '../rows/anchor.ts';
import type { Transaction } from '../rows/transaction.ts';

/** What a log has to prove, and where it is read from. */
export interface LogProofInput {
  /** The confirmed position of the slot. Only we confirm, so the log is the lake's up to here. */
  readonly confirmed: Lsn;
  /** Where the lake ends. */
  readonly to: Lsn;
  /** Newest commit with content below `to`; null: the epoch has none. */
  readonly anchor: Anchor | null;
}

/**
 * Decides whether a log is the one that the lake was made from. In: the log from the slot's
 * confirmed position on, each transaction at its commit. Out, once the log has passed the end of
 * the lake: the newest commit with content in between must be the lake's anchor, by position,
 * transaction and time. If the anchor is below the confirmed position, there must be none. Commits
 * without content prove nothing, because the server may send them or not.
 */
export class LogProof implements PgoutputHandler {
  readonly #to: Lsn;
  readonly #expected: Anchor | null;
  #transaction: Transaction | null = null;
  #touched = false;
  #found: Anchor | null = null;
  #settled = false;

  constructor({ confirmed, to, anchor }: LogProofInput) {
    this.#to = to;
    this.#expected = anchor === null || parseLsn(anchor.lsn) < confirmed ? null : anchor;
  }

  /** True once everything below the end of the lake has come. Later messages change nothing. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Why the log is not the lake's; null: it is. Only valid once settled. */
  get trouble(): string | null {
    if (sameAnchor(this.#found, this.#expected)) return null;
    const end = `The lake ends at ${formatLsn(this.#to)}`;
    const found = this.#found === null ? 'no commit' : `the commit at ${anchorText(this.#found)}`;
    const wanted = this.#expected === null ? 'no commit since the confirmed position' : `the commit at ${anchorText(this.#expected)}`;
    return `the source has a different history from the lake: it was restored to an older state and written to again, or it is a copy. ${end} with ${wanted}; the source has ${found} there`;
  }

  /** The server has sent everything below `walEnd`. */
  keepalive(walEnd: Lsn): void {
    if (walEnd >= this.#to && this.#transaction === null) this.#settled = true;
  }

  begin(commitLsn: Lsn, commitTimeUs: bigint, xid: number): void {
    if (commitLsn >= this.#to) this.#settled = true;
    this.#transaction = { commitLsn, commitTimeUs, xid };
    this.#touched = false;
  }

  commit(): void {
    if (!this.#settled && this.#touched && this.#transaction !== null) this.#found = anchorOf(this.#transaction);
    this.#transaction = null;
  }

  relation(): void {}

  type(): void {}

  origin(): void {}

  insert(): void {
    this.#touched = true;
  }

  update(): void {
    this.#touched = true;
  }

  delete(): void {
    this.#touched = true;
  }

  truncate(): void {
    this.#touched = true;
  }

  message({ transactional }: LogicalMessage): void {
    this.#touched ||= transactional;
  }
}
