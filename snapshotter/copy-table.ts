import type PQueue from 'p-queue';
import { failpoint } from '../core/failpoint.ts';
import type { Lsn } from '../core/lsn.ts';
import { TailraceError } from '../core/errors.ts';
import { holdReason } from '../core/narrowing.ts';
import type { TableRules } from '../core/table-rule.ts';
import type { TableSchema } from '../core/table.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { SchemaStore } from '../lake/schema-store.ts';
import { putDone, readPlan } from '../lake/snapshot-log.ts';
import type { Writer } from '../lake/writer.ts';
import { toTableSchema } from '../postgres/catalog/catalog.ts';
import type { CatalogTable } from '../postgres/catalog/catalog.ts';
import { narrowTable, ruleTrouble } from '../postgres/catalog/narrow.ts';
import { estimateRows, readLeaves } from '../postgres/catalog/leaves.ts';
import type { ShapedRelation } from '../postgres/catalog/table-shape.ts';
import { beginCopy } from './begin-copy.ts';
import type { BegunCopy } from './begin-copy.ts';
import { copyForm } from './copy-range.ts';
import type { CopyForm } from './copy-range.ts';
import { copyRanges } from './copy-ranges.ts';
import type { Gathered } from './gathered.ts';
import { checkUnchanged } from './guard.ts';
import type { Outside } from './guard.ts';
import type { CopyTask } from './choose-copies.ts';
import type { ReadRate } from './read-rate.ts';
import type { SnapshotSessions } from './snapshot-session.ts';

/** What the copies of one snapshot share. */
export interface CopyContext {
  readonly store: ObjectStore;
  readonly writer: Writer;
  /** Epoch of the slot that streams these tables. */
  readonly epoch: number;
  /** Consistent point of the snapshot. */
  readonly lsn: Lsn;
  /** Oldest transaction that may be missing from the snapshot (xid8). */
  readonly xmin: string;
  /** Whether the snapshot was held for as long as resumable copies may hold it. */
  readonly heldLongEnough: () => boolean;
  /** Columns and rows that the configuration leaves out, by table. */
  readonly rules: TableRules;
  readonly sessions: SnapshotSessions;
  /** Shapes of tables as the snapshot has them. */
  readonly seen: Gathered<readonly ShapedRelation[]>;
  readonly outside: Outside;
  /** Plans are put into the lake here. */
  readonly plans: PQueue;
  readonly queue: PQueue;
  readonly chunkBytes: number;
  readonly rate: ReadRate;
  readonly format: 'auto' | 'text';
  readonly signal: AbortSignal;
  /** Called after each piece of a table that was read. */
  onProgress(progress: CopyProgress): void;
}

export interface CopyProgress {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  /** The planner's estimate. */
  readonly totalRows: number;
}

/** A table with its plan in the lake. */
export interface Planned {
  readonly task: CopyTask;
  readonly copy: BegunCopy;
  readonly form: CopyForm;
  readonly relations: readonly ShapedRelation[];
  readonly totalRows: number;
  /** Smaller tables go first, so that they need not wait for a large one. */
  readonly priority: number;
}

/**
 * Copies one table at the consistent point of the snapshot, or resumes its unfinished copy. The
 * order is plan, chunks, done, so a generation with `done.json` is whole. Returns the generation.
 * Throws TABLE_CHANGED when the table was rewritten or altered during the copy: without `done.json`
 * the generation does not count. Throws LetGo when the snapshot was held long enough.
 */
export async function copyTable(context: CopyContext, task: CopyTask): Promise<number> {
  const planned = await plan(context, task);
  const copied = await copyRanges(context, planned);
  await checkUnchanged(context.outside, planned.relations);
  const { generation } = planned.copy;
  await putDone(context.store, { tableId: task.tableId, generation, ...copied });
  failpoint('snapshot-done');
  return generation;
}

async function plan(context: CopyContext, task: CopyTask): Promise<Planned> {
  const { store, outside, xmin } = context;
  const relations = await context.seen.get(task.oid);
  const catalog = await outside.table(task.oid);
  const leaves = await outside.run((connection) => readLeaves(connection, relations));
  // The catalog was read between two looks at the shape of the table. Equal shapes mean that the
  // snapshot has the same catalog.
  await checkUnchanged(outside, relations);
  if (catalog === null) throw new TailraceError('TABLE_CHANGED', `${task.table} was dropped while it was copied`);
  const schema = await narrowedSchema(context, task, catalog);
  if ((schema.identity === 'append') !== task.appendOnly)
    throw new TailraceError('TABLE_CHANGED', `${task.table} is not yet published as its replica identity requires`);
  const totalRows = await outside.run((connection) => estimateRows(connection, schema, task.filter));
  const { lsn, epoch, chunkBytes } = context;
  const seen = { task, schema, relations, leaves, totalRows, epoch, lsn, xmin, chunkBytes };
  const copy = await context.plans.add(() => beginCopy(store, seen));
  failpoint('snapshot-planned');
  return {
    task,
    copy,
    form: copyForm(schema, context.format, { salt: context.rules.salt, filter: task.filter ?? null }),
    relations,
    totalRows,
    priority: -copy.ranges.length,
  };
}

/**
 * The schema of the table as the configuration wants it. BAD_CONFIG where the two do not fit, also
 * in comparison with the previous copy.
 */
async function narrowedSchema({ store, rules, epoch }: CopyContext, task: CopyTask, catalog: CatalogTable): Promise<TableSchema> {
  const { narrowed, ...whole } = narrowTable(catalog, rules);
  const { filter = null } = task;
  // Exactly the text of the publication, so that stream and copy have the same rows.
  if (((narrowed?.where ?? null) === null) !== (filter === null))
    throw new TailraceError('TABLE_CHANGED', `${task.table} is not yet published with the row filter of the configuration`);
  const table: CatalogTable = narrowed === undefined ? whole : { ...whole, narrowed: { ...narrowed, filter } };
  const schema = toTableSchema(table, epoch);
  const before = task.generation > 1 ? await readPlan(store, { tableId: task.tableId, generation: task.generation - 1 }) : null;
  const known = before === null ? null : await new SchemaStore(store).get(task.tableId, before.schema);
  const hold = holdReason(known, schema, { rule: narrowed === undefined ? null : ruleTrouble(narrowed), by: rules.fingerprint });
  if (hold !== null) throw new TailraceError('BAD_CONFIG', `${task.table}: ${hold}`);
  return schema;
}
