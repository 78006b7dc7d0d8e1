import type { RowFiles } from './row-files.ts';
import type { Transaction } from './transaction.ts';
import type { TablePart } from './table-part.ts';

/**
 * Where the changes that are read now go: to the batch under construction, or to a transaction in
 * progress.
 */
export interface RowTarget {
  /** Where rows of the relation go, and how they are read; null: they are skipped. */
  filesOf(relId: number): RowFiles | null;
  /** The file that the next row goes to. */
  partOf(files: RowFiles): TablePart;
  /**
   * Number of the next row image of the transaction, from 1. Counts the memory that the row takes:
   * `bytes` of values, and what the plan adds.
   */
  ordinal(files: RowFiles, bytes: number): number;
  /**
   * The transaction has content. After a restart the source sends it again, with streaming or
   * without.
   */
  touched(): void;
  /** The (sub)transaction of the next row. BAD_FRAME: there is none. */
  transaction(): Transaction;
}
