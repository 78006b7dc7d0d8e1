import type { Lsn } from '../../core/lsn.ts';
import type { TableFacts } from './table-facts.ts';

/** A table as the stream has it. */
export interface KnownTable {
  readonly facts: TableFacts;
  readonly hash: string;
  /**
   * Transactions that truncated it lately, as the stream showed: of a changed storage they are an
   * explanation.
   */
  readonly truncatedBy: readonly number[];
  /**
   * What is known is newer than the stream below this position, and so is the copy that was asked
   * for with it. 0n: nothing is ahead.
   */
  readonly aheadTo: Lsn;
  /** Number of the look at the catalog that the facts come from. */
  readonly seenIn: number;
  /** Its rows are passed over, because the configuration does not fit it. */
  readonly held?: boolean;
}

/** The catalog as it was before a position; it counts once the stream has passed that. */
export interface CatalogLook {
  readonly number: number;
  readonly tables: ReadonlyMap<number, TableFacts>;
  /**
   * Tables that were not in the publication and are now; of a known one, somebody had taken it out.
   */
  readonly added: readonly number[];
  /**
   * Tables whose place in the publications could not be put right this time: nothing is said of
   * them.
   */
  readonly unsure?: readonly number[];
}
