import PQueue from 'p-queue';
import { elapsed } from '../core/time.ts';
import { connect } from '../postgres/session/connect.ts';
import type { SourceOptions } from '../postgres/session/connect.ts';
import { readShapes } from '../postgres/catalog/table-shape.ts';
import type { ShapedRelation } from '../postgres/catalog/table-shape.ts';
import { holdSnapshot, snapshotXmin } from '../postgres/slot/consistent-point.ts';
import { CopyStopped } from './copy-stopped.ts';
import { copyTable } from './copy-table.ts';
import type { CopyContext } from './copy-table.ts';
import { Gathered } from './gathered.ts';
import { Outside } from './guard.ts';
import type { CopyTask } from './choose-copies.ts';
import type { ProveSource } from './prove-source.ts';
import { SnapshotSessions } from './snapshot-session.ts';

/** Plans that are put into the lake at once. */
const PLANS_AT_ONCE = 16;

/** What all groups of a snapshotter share. */
export type GroupContext = Omit<CopyContext, 'lsn' | 'xmin' | 'sessions' | 'seen' | 'plans' | 'outside' | 'heldLongEnough'> & {
  readonly source: SourceOptions;
  /** Asked before anything is written. */
  readonly prove: ProveSource;
  /**
   * Longest time for which a snapshot is held by copies that can resume under another one, in ms.
   */
  readonly maxHoldMs: number;
  /**
   * Called as soon as a table is settled, with the generation that has its whole copy, or with the
   * error.
   */
  onSettled(task: CopyTask, outcome: Settled): void;
};

export type Settled = { readonly generation: number } | { readonly error: unknown };

/**
 * Copies several tables at one consistent point: temporary slot → X, holder session, workers that
 * import its snapshot. One table that fails does not stop the others. A failure that concerns all
 * of them (no connection, a blocked slot) is reported for each. Never rejects.
 */
export async function copyGroup(context: GroupContext, tasks: readonly CopyTask[]): Promise<void> {
  const unsettled = new Set(tasks);
  const settle = (task: CopyTask, outcome: Settled): void => {
    if (unsettled.delete(task)) context.onSettled(task, outcome);
  };
  try {
    await using holder = await holdSnapshot(context.source);
    // Without its holder, a snapshot cannot be imported. So all copies stop at once, instead of
    // failing range by range.
    const signal = AbortSignal.any([context.signal, holder.lost]);
    await using connection = await connect(context.source);
    await context.prove(connection, holder.snapshotName);
    const outside = new Outside(connection);
    await using sessions = new SnapshotSessions({
      source: context.source,
      snapshotName: holder.snapshotName,
      most: context.queue.concurrency,
      signal,
    });
    const xmin = await sessions.run(snapshotXmin);
    const seen = new Gathered<readonly ShapedRelation[]>((take) => sessions.run((inside) => readShapes(inside, take())), []);
    const plans = new PQueue({ concurrency: PLANS_AT_ONCE });
    const heldSinceMs = elapsed();
    const heldLongEnough = (): boolean => elapsed() - heldSinceMs > context.maxHoldMs;
    const shared = { ...context, lsn: holder.lsn, xmin, outside, sessions, seen, plans, signal, heldLongEnough };
    await Promise.all(
      tasks.map(async (task) => {
        try {
          settle(task, { generation: await copyTable(shared, task) });
        } catch (error) {
          settle(task, { error: error instanceof CopyStopped && holder.lost.aborted ? holder.lost.reason : error });
        }
      }),
    );
  } catch (error) {
    for (const task of tasks) settle(task, { error });
  }
}
