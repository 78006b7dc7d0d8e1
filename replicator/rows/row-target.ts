import type { RelationPlan } from './relation-plan.ts';
import type { Transaction } from './transaction.ts';
import type { TablePart } from './table-part.ts';

/**
 * Where the changes that are read now belong: to the batch under construction, or to a transaction
 * in progress.
 */
export interface RowTarget {
  /** How rows of the relation are read; null: they are not ours. */
  planOf(relId: number): RelationPlan | null;
  /** The file that the next row of the plan goes to. */
  partOf(plan: RelationPlan): TablePart;
  /**
   * Number of the next row image of the transaction, from 1. Counts the memory that the row takes:
   * `bytes` of values, and what the plan adds.
   */
  ordinal(plan: RelationPlan, bytes: number): number;
  /**
   * Something of the transaction came: with streaming or without, the source sends it again after a
   * restart.
   */
  touched(): void;
  /** The (sub)transaction that the next row is of. BAD_FRAME: there is none. */
  transaction(): Transaction;
}
