import { TailraceError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { qualifiedName, parseQualifiedName } from '../../core/table.ts';
import { elapsed, wall } from '../../core/time.ts';
import type { Asking } from '../../lake/held-freeze.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { getPosition } from '../../lake/readers.ts';
import type { Engine } from '../../warehouse/engine.ts';
import type { Model } from '../folder/model.ts';
import { createHistory, noteExport } from './export-history.ts';
import { openPlace } from './export-place.ts';
import { exportTable } from './export-table.ts';
import type { ExportResult } from './export-table.ts';
import { openFrozen } from './frozen-source.ts';
import { openView } from './view-source.ts';
import { openMart } from './mart-source.ts';
import type { OpenedSource } from './opened-source.ts';

/** What an export works with. */
export interface ExportEnds {
  /** of the role `builder` */
  readonly engine: Engine;
  /** the lake */
  readonly store: ObjectStore;
  readonly warehouseId: string;
  readonly s3PathStyle: boolean;
  readonly asking: Asking;
  /** Models of the folder, in topological order; views need them. */
  readonly models?: (() => Promise<readonly Model[]>) | undefined;
  readonly log: Log;
}

/** What is exported, and where to. */
export interface ExportOrder {
  /** `schema.table` or `database.model` */
  readonly table: string;
  /** a directory or s3://bucket/prefix */
  readonly to: string;
  readonly partition: string | null;
  readonly keep: number | null;
}

/**
 * Exports a model as it was published last, or a replicated table as it is at the front, and notes
 * it in tailrace.exports under `startedMs`, also when it fails. NO_SUCH_TABLE when it is neither.
 */
export async function runExport(ends: ExportEnds, order: ExportOrder, startedMs = wall()): Promise<ExportResult> {
  const { engine } = ends;
  const from = elapsed();
  const note = { table: order.table, to: order.to, startedMs };
  await createHistory(engine);
  try {
    const result = await exportOne(ends, order);
    await noteExport(engine, { ...note, durationMs: elapsed() - from, end: result });
    return result;
  } catch (error) {
    // The first failure counts.
    await noteExport(engine, { ...note, durationMs: elapsed() - from, end: { status: 'failed', error } }).catch(() => {});
    throw error;
  }
}

async function exportOne(ends: ExportEnds, { table, to, partition, keep }: ExportOrder): Promise<ExportResult> {
  const { schema, name } = parseQualifiedName(table);
  const place = await openPlace(to, ends.s3PathStyle);
  try {
    await using opened = await openSource(ends, qualifiedName(schema, name));
    const { signal } = ends.asking;
    return await exportTable({ engine: ends.engine, place, source: opened.source, partition, keep, signal });
  } finally {
    await place.close();
  }
}

async function openSource({ engine, store, warehouseId, asking, models, log }: ExportEnds, table: string): Promise<OpenedSource> {
  const mart = await openMart(engine, table, async () =>
    openView(engine, { store, warehouseId, log, ...asking }, { table, models: (await models?.()) ?? [] }),
  );
  if (mart !== null) return mart;
  const position = await getPosition(store, warehouseId);
  if (position === null) throw new TailraceError('NOT_RUNNING', 'the warehouse has not read this lake yet');
  const known = position.tables.find((one) => one.table === table && one.state !== 'dropped');
  if (known === undefined) throw new TailraceError('NO_SUCH_TABLE', `there is no replicated table and no model ${table}`);
  return openFrozen({ store, warehouseId, asking }, table);
}
