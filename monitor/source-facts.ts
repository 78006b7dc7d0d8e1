import type { SenderFacts } from '../postgres/slot/slot.ts';
import type { SourceHealth } from '../postgres/slot/source-health.ts';
import type { ChosenTable } from './chosen-tables.ts';
import type { WalOutlook } from './wal-trend.ts';

/** The result of one look at the source. */
export interface SourceFacts {
  readonly lsn: string;
  /** The walsender of the slot; null: no one reads the slot, or our role cannot see who does. */
  readonly sender: SenderFacts | null;
  readonly slot: {
    readonly walStatus: string | null;
    readonly retainedBytes: number | null;
    readonly safeWalBytes: number | null;
    readonly active: boolean;
    readonly catalogXminAge: number | null;
  } | null;
  readonly health: SourceHealth;
  /** How the WAL that is kept for the slot develops. */
  readonly outlook: WalOutlook;
  /** How many publications of tailrace exist. */
  readonly publications: number;
  /** Chosen tables, published or not. */
  readonly tables: readonly ChosenTable[];
}
