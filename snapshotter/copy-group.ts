import { connect } from '../postgres/connect.ts';
import type { SourceOptions } from '../postgres/connect.ts';
import { holdSnapshot } from '../postgres/consistent-point.ts';
import { copyTable } from './copy-table.ts';
import type { CopyContext } from './copy-table.ts';
import { Outside } from './guard.ts';
import type { Pick } from './pick.ts';
import { SnapshotSessions } from './snapshot-session.ts';

/** What all groups of a snapshotter share. */
export type GroupContext = Omit<CopyContext, 'lsn' | 'sessions' | 'outside'> & {
  readonly source: SourceOptions;
  /** Told of each table as soon as it is settled; null: it is copied whole. */
  onSettled(pick: Pick, error: unknown): void;
};

/**
 * Copies several tables at one consistent point: temporary slot → X, holder session, workers that import from it.
 * Tables fail each for itself; what fails for all of them (no connection, the slot blocked) is told for each. Never rejects.
 */
export async function copyGroup(context: GroupContext, picks: readonly Pick[]): Promise<void> {
  const unsettled = new Set(picks);
  const settle = (pick: Pick, error: unknown): void => {
    if (unsettled.delete(pick)) context.onSettled(pick, error);
  };
  try {
    await using holder = await holdSnapshot(context.source);
    // A snapshot cannot be imported any more once its holder is gone: better to stop than to fail range by range.
    const signal = AbortSignal.any([context.signal, holder.lost]);
    await using connection = await connect(context.source);
    const outside = new Outside(connection);
    await using sessions = new SnapshotSessions(context.source, holder.snapshotName, signal);
    const shared = { ...context, lsn: holder.lsn, outside, sessions, signal };
    await Promise.all(
      picks.map(async (pick) => {
        try {
          await copyTable(shared, pick);
          settle(pick, null);
        } catch (error) {
          settle(pick, error);
        }
      }),
    );
  } catch (error) {
    for (const pick of picks) settle(pick, error);
  }
}
