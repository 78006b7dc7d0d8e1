import type PQueue from 'p-queue';
import { columnMemory } from '../core/buffer-pool.ts';
import { failpoint } from '../core/failpoint.ts';
import { formatLsn } from '../core/lsn.ts';
import type { Lsn } from '../core/lsn.ts';
import { TailraceError } from '../core/errors.ts';
import { holdReason } from '../core/narrowing.ts';
import { qualifiedName } from '../core/table.ts';
import type { TableRules } from '../core/table-rule.ts';
import type { TableSchema } from '../core/table.ts';
import { checksum } from '../lake/arrow-file.ts';
import { chunkDataKey } from '../lake/keys.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { SchemaStore } from '../lake/schema-store.ts';
import { putChunk, putDone, putPlan, readPlan } from '../lake/snapshot-log.ts';
import type { Writer } from '../lake/writer.ts';
import { readTables, toTableSchema } from '../postgres/catalog.ts';
import type { CatalogTable } from '../postgres/catalog.ts';
import type { SqlConnection } from '../postgres/connect.ts';
import { narrowTable, ruleTrouble } from '../postgres/narrow.ts';
import { estimateRows, readLeaves } from '../postgres/leaves.ts';
import type { PageRange } from '../postgres/page-range.ts';
import { readShape } from '../postgres/table-shape.ts';
import type { ShapedRelation } from '../postgres/table-shape.ts';
import { copyForm, copyRange } from './copy-range.ts';
import type { CopiedPiece, CopyForm } from './copy-range.ts';
import { checkUnchanged, lockRelation } from './guard.ts';
import type { Outside } from './guard.ts';
import type { Pick } from './pick.ts';
import { planRanges } from './plan.ts';
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
  /** What is left out of which table. */
  readonly rules: TableRules;
  readonly sessions: SnapshotSessions;
  readonly outside: Outside;
  readonly queue: PQueue;
  readonly chunkBytes: number;
  readonly rate: ReadRate;
  readonly format: 'auto' | 'text';
  readonly signal: AbortSignal;
  /** Told after each piece of a table that was read. */
  onProgress(progress: CopyProgress): void;
}

export interface CopyProgress {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  /** The planner's estimate. */
  readonly totalRows: number;
}

interface Planned {
  readonly pick: Pick;
  readonly schema: TableSchema;
  readonly form: CopyForm;
  readonly relations: readonly ShapedRelation[];
  readonly ranges: readonly PageRange[];
  readonly totalRows: number;
  /** Smaller tables go first, so that a big one does not keep them from being live. */
  readonly priority: number;
}

/**
 * Copies one table at the snapshot's consistent point: plan, chunks, done, in this order, so that a generation with `done.json` is whole.
 * Throws TABLE_CHANGED when it was rewritten or altered meanwhile: the generation then stays without `done.json` and counts for nothing.
 */
export async function copyTable(context: CopyContext, pick: Pick): Promise<void> {
  const planned = await plan(context, pick);
  const copy = new TableCopy(context, planned);
  await copy.run();
  await checkUnchanged(context.outside, planned.relations);
  await putDone(context.store, { tableId: pick.tableId, generation: pick.generation, chunks: copy.chunks, rows: copy.rows });
  failpoint('snapshot-done');
}

async function plan(context: CopyContext, pick: Pick): Promise<Planned> {
  const { store, outside, sessions } = context;
  const relations = await sessions.run((inside) => readShape(inside, pick.oid));
  const [catalog] = await outside.run((connection) => readTables(connection, [pick.oid]));
  const leaves = await outside.run((connection) => readLeaves(connection, relations));
  // The catalog was read between the two looks at the table: equal shapes mean that it is the snapshot's.
  await checkUnchanged(outside, relations);
  if (catalog === undefined) throw new TailraceError('TABLE_CHANGED', `${pick.table} was dropped while it was copied`);
  const schema = await narrowedSchema(context, pick, catalog);
  if ((schema.identity === 'append') !== pick.appendOnly)
    throw new TailraceError('TABLE_CHANGED', `${pick.table} is not yet published as its replica identity asks`);
  const ranges = planRanges(leaves, context.chunkBytes);
  const hash = await new SchemaStore(store).put(schema);
  const totalRows = await outside.run((connection) => estimateRows(connection, schema, pick.filter));
  await putPlan(store, {
    tableId: pick.tableId,
    generation: pick.generation,
    table: qualifiedName(schema.schema, schema.name),
    schema: hash,
    consistentPoint: formatLsn(context.lsn),
    epoch: context.epoch,
    filenodes: relations.map(({ oid, filenode }) => ({ oid, filenode })),
    ranges: [...ranges],
    reason: pick.reason,
    estimatedRows: totalRows,
    createdAt: new Date().toISOString(),
  });
  failpoint('snapshot-planned');
  return {
    pick,
    schema,
    form: copyForm(schema, context.format, { salt: context.rules.salt, filter: pick.filter ?? null }),
    relations,
    ranges,
    totalRows,
    priority: -ranges.length,
  };
}

/** The table's shape as the configuration wants it. BAD_CONFIG where the two do not fit, compared with the copy before this one too. */
async function narrowedSchema({ store, rules, epoch }: CopyContext, pick: Pick, catalog: CatalogTable): Promise<TableSchema> {
  const { narrowed, ...whole } = narrowTable(catalog, rules);
  const { filter = null } = pick;
  // The very text that the publication has, so that stream and copy have the same rows.
  if (((narrowed?.where ?? null) === null) !== (filter === null))
    throw new TailraceError('TABLE_CHANGED', `${pick.table} is not yet published with the row filter of the configuration`);
  const table: CatalogTable = narrowed === undefined ? whole : { ...whole, narrowed: { ...narrowed, filter } };
  const schema = toTableSchema(table, epoch);
  const before = pick.generation > 1 ? await readPlan(store, { tableId: pick.tableId, generation: pick.generation - 1 }) : null;
  const known = before === null ? null : await new SchemaStore(store).get(pick.tableId, before.schema);
  const hold = holdReason(known, schema, { rule: narrowed === undefined ? null : ruleTrouble(narrowed), by: rules.fingerprint });
  if (hold !== null) throw new TailraceError('BAD_CONFIG', `${pick.table}: ${hold}`);
  return schema;
}

/** The ranges of one table, on the shared queue; the first that fails stops the others. */
class TableCopy {
  readonly #context: CopyContext;
  readonly #planned: Planned;
  #failed = false;
  chunks = 0;
  rows = 0;
  bytes = 0;

  constructor(context: CopyContext, planned: Planned) {
    this.#context = context;
    this.#planned = planned;
  }

  async run(): Promise<void> {
    const { ranges, priority } = this.#planned;
    const results = await Promise.allSettled(ranges.map((range) => this.#context.queue.add(() => this.#copyRange(range), { priority })));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #copyRange(range: PageRange): Promise<void> {
    if (this.#stopped()) throw new TailraceError('SOURCE_UNREACHABLE', 'the copy was told to stop');
    try {
      await this.#context.sessions.run((inside) => this.#copyGuarded(inside, range));
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  async #copyGuarded(inside: SqlConnection, range: PageRange): Promise<void> {
    const { relations, form } = this.#planned;
    const leaf = relations.find(({ oid }) => oid === range.leafOid);
    if (leaf === undefined) throw new TailraceError('INTERNAL', 'a range of a relation that is not in the plan');
    await lockRelation(inside, leaf);
    await checkUnchanged(this.#context.outside, [leaf]);
    let storing: Promise<void> = Promise.resolve();
    const { chunkBytes, rate, signal } = this.#context;
    const reading = { form, leaf, range, chunkBytes, rate, signal, stopped: () => this.#stopped() };
    // One file is on its way to the lake while the next one is read.
    try {
      for await (const piece of copyRange(inside, reading)) {
        await storing;
        storing = this.#store(piece, range);
        storing.catch(() => undefined);
      }
    } finally {
      await storing.catch(() => undefined);
    }
    await storing;
  }

  async #store(piece: CopiedPiece, range: PageRange): Promise<void> {
    const { store, writer } = this.#context;
    const { pick, totalRows } = this.#planned;
    const path = chunkDataKey(pick, writer.id, writer.next());
    await store.put(path, piece.file);
    failpoint('chunk-put');
    this.chunks += 1;
    const n = this.chunks;
    const digest = checksum(piece.file);
    const bytes = piece.file.byteLength;
    columnMemory.giveBack(piece.file.buffer);
    await putChunk(store, {
      tableId: pick.tableId,
      generation: pick.generation,
      n,
      path,
      rows: piece.rows,
      bytes,
      checksum: digest,
      range,
    });
    failpoint('chunk-named');
    this.rows += piece.rows;
    this.bytes += bytes;
    this.#context.onProgress({ table: pick.table, rows: this.rows, bytes: this.bytes, totalRows });
  }

  #stopped(): boolean {
    return this.#failed || this.#context.signal.aborted;
  }
}
