import { TailraceError } from '../core/errors.ts';
import { formatLsn, parseLsn } from '../core/lsn.ts';
import type { Lsn } from '../core/lsn.ts';
import { qualifiedName } from '../core/table.ts';
import { moment } from '../core/time.ts';
import { readEpochs } from '../lake/epoch.ts';
import type { ManifestLog } from '../lake/manifest-log.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { SnapshotLog } from '../lake/snapshot-log.ts';
import { BringUp } from './bring-up.ts';
import type { CompactorContext } from './context.ts';
import { FrontMover } from './front-mover.ts';
import { openContext } from './open-context.ts';
import type { CompactorOptions } from './open-context.ts';
import { PositionReport } from './position-report.ts';
import { currentGenerations } from './state/current-generations.ts';
import type { HistoryPoint } from './state/history-point.ts';
import { Space } from './upkeep/space.ts';
import { takeFacts } from './still-facts.ts';
import { WindowApplier } from './window.ts';

/** What a warehouse that stands at a point of the history has. */
export interface BuiltAsOf {
  /** Tables with exactly the commits below the point. */
  readonly tables: readonly string[];
  /** Tables that were there and cannot be built, each with the reason. */
  readonly without: readonly { readonly table: string; readonly reason: string }[];
  /** Tables of which the lake has nothing from before the point. */
  readonly later: readonly string[];
}

/** A point in the history of a lake, and the last batch that is wholly below it. */
export interface HistoryEnd {
  readonly point: HistoryPoint;
  readonly manifest: number;
}

/** Where an LSN lies in the history of a lake. BAD_LSN when the lake does not reach that far. */
export async function historyEnd(store: ObjectStore, manifests: ManifestLog, lsn: Lsn): Promise<HistoryEnd> {
  const epochs = await readEpochs(store);
  const epoch = epochs.findLast(({ consistentPoint }) => parseLsn(consistentPoint) <= lsn)?.epoch ?? 1;
  const last = await manifests.last();
  if (last === null || (last.epoch === epoch && parseLsn(last.to) < lsn))
    throw new TailraceError('BAD_LSN', `the lake ends at ${last?.to ?? 'its beginning'}, below ${formatLsn(lsn)}`, {
      hint: '`tailrace lake ls` shows the positions of the newest batches.',
    });
  const after = await manifests.firstNotBelow(last.number, (one) => one.epoch < epoch || (one.epoch === epoch && parseLsn(one.to) <= lsn));
  return { point: { epoch, lsn }, manifest: after - 1 };
}

/**
 * Builds an empty warehouse that stands at an LSN: each table from its newest base or copy at or
 * below it, and the batches up to it. Nothing is written to the lake, and nothing in it waits for
 * this warehouse.
 */
export async function buildAsOf(options: CompactorOptions, end: HistoryEnd): Promise<BuiltAsOf> {
  const opened = await openContext({ ...options, readsOnly: true });
  if (opened === null) throw new TailraceError('LAKE_MISSING', 'the lake is not there');
  const context: CompactorContext = { ...opened.context, until: end.point };
  const applier = new WindowApplier(context);
  const bringUp = new BringUp(context, applier);
  const front = new FrontMover({ context, applier, takeFacts: (batches) => takeFacts(context, batches) });
  await bringUp.discover(0);
  for (;;) {
    const moved = await front.move(null, end.manifest);
    const loaded = await bringUp.load(() => false);
    const caughtUp = await bringUp.catchUp();
    if (moved.length === 0 && !loaded && !caughtUp) break;
  }
  // The batch that the point lies in comes when all tables stand before it.
  const next = await context.manifests.read(end.manifest + 1);
  if (next?.epoch === end.point.epoch) while ((await front.move(end.point.lsn, end.manifest + 1)).length > 0);
  await new PositionReport(context, opened.warehouseId, new Space()).write(moment());
  return built(context);
}

async function built({ state, store }: CompactorContext): Promise<BuiltAsOf> {
  const current = currentGenerations(state.generations()).map((one) => ({ ...one, table: qualifiedName(one.schema, one.name) }));
  const names = new Set(current.map(({ table }) => table));
  const later = new Set<string>();
  const copies = new SnapshotLog(store);
  for (const copy of await copies.listed()) {
    const table = (await copies.plan(copy))?.table;
    if (table !== undefined && !names.has(table)) later.add(table);
  }
  const [live = [], stopped = []] = [true, false].map((is) => current.filter((one) => (one.state === 'live') === is));
  return {
    tables: live.map(({ table }) => table).toSorted(),
    without: stopped.map(({ table, error }) => ({ table, reason: error?.message ?? 'its next copy is later' })),
    later: [...later].toSorted(),
  };
}
