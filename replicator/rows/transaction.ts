import type { Lsn } from '../../core/lsn.ts';

/** The transaction a row image belongs to. */
export interface Transaction {
  /** Start of its commit record. */
  readonly commitLsn: bigint;
  /** Microseconds since 1970-01-01 UTC, by the source's clock. */
  readonly commitTimeUs: bigint;
  readonly xid: number;
}

/** A commit in the stream: start and end of its record, and its time. */
export interface Commit {
  readonly commitLsn: Lsn;
  readonly endLsn: Lsn;
  readonly commitTimeUs: bigint;
}
