import type { SenderFacts } from '../postgres/slot/slot.ts';
import type { SourceHealth } from '../postgres/slot/source-health.ts';
import type { ChosenTable } from './chosen-tables.ts';
import type { WalOutlook } from './wal-trend.ts';

/** What one look at the source found. */
export interface SourceFacts {
  readonly lsn: string;
  /** The walsender of the slot; null: nobody reads from it, or that cannot be seen. */
  readonly sender: SenderFacts | null;
  readonly slot: {
    readonly walStatus: string | null;
    readonly retainedBytes: number | null;
    readonly safeWalBytes: number | null;
    readonly active: boolean;
    readonly catalogXminAge: number | null;
  } | null;
  readonly health: SourceHealth;
  /** Where the WAL that is kept for the slot is heading. */
  readonly outlook: WalOutlook;
  /** How many publications of ours there are. */
  readonly publications: number;
  /** Tables chosen, whether the publications hold them or not. */
  readonly tables: readonly ChosenTable[];
}
