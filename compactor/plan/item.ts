import type { Lsn } from '../../core/lsn.ts';
import type { CatalogEvent, FileEntry, Manifest } from '../../lake/manifest.ts';
import type { Position } from '../state/position.ts';
import type { StreamedFacts } from '../storage/row-sql.ts';

/**
 * Files of one table and schema that are applied as one block, or one file that has to be applied
 * alone.
 */
export interface Step {
  readonly kind: 'step';
  readonly schema: string;
  readonly files: readonly FileEntry[];
  /** One file whose unchanged values may have to be found under an earlier key. */
  readonly lineage: boolean;
  /** One file with a truncate. */
  readonly truncates: boolean;
  /** The transaction, streamed in progress, that all files belong to; null: none of them does. */
  readonly streamed: StreamedFacts | null;
  /** Only commits below this are applied; null: all. */
  readonly before: Lsn | null;
  /** Positions before and after it. */
  readonly at: Position;
  readonly after: Position;
}

/** A fact of the catalog, at its place among the steps. */
export interface Fact {
  readonly kind: 'fact';
  readonly event: CatalogEvent;
  readonly manifest: Manifest;
  readonly after: Position;
}
