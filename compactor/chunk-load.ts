import { dirname } from 'node:path/posix';
import { parseLsn } from '../core/lsn.ts';
import type { Lsn } from '../core/lsn.ts';
import type { TableSchema } from '../core/table.ts';
import { quoteCh, timeCh } from '../warehouse/names.ts';
import { onShards } from '../warehouse/cluster/shards.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { ComingChunk } from './state/coming-chunks.ts';
import type { Generation } from './state/generation.ts';
import { INSERT_SETTINGS } from '../warehouse/insert-settings.ts';
import { withNulls } from './state/null-columns.ts';
import { openFiles } from './step/open-files.ts';
import { NO_MARKS_SQL } from './step/unchanged-columns.ts';
import type { StepLimits } from './plan/plan.ts';
import { chunkFields, chunkStructure, commaAfterEach, fenced, storageColumns } from './storage/row-sql.ts';
import { mineOfChunks } from './storage/spread.ts';
import { createHistory, createStorage } from './storage/storage.ts';
import { version, versionSql } from './storage/version.ts';
import type { StepContext } from './step/step-context.ts';
import type { CompactorContext } from './context.ts';

type LoadContext = StepContext & Pick<CompactorContext, 'schemas' | 'storagePolicy'>;

/** Row numbers of a chunk of a table without key begin here; a chunk has fewer rows than this. */
const ROWS_OF_A_CHUNK = 1n << 40n;

/**
 * Blocks of a copy are this many times smaller than steps: a copy runs beside everything else, and
 * nothing waits for one of its blocks.
 */
const SHARE = 4;

/**
 * The first of the remaining chunks that go into the storage as one block, of one consistent point
 * and one folder: a base also names chunks of earlier ones. Rows of tables without a key are
 * numbered by chunk, so each of their chunks goes alone.
 */
export function nextChunks(generation: Generation, left: readonly ComingChunk[], limits: StepLimits): ComingChunk[] {
  const next: ComingChunk[] = [];
  let rows = 0;
  let bytes = 0;
  for (const chunk of left) {
    rows += chunk.rows;
    bytes += chunk.bytes;
    const full = rows > limits.rows / SHARE || bytes > limits.bytes / SHARE || next.length >= limits.files || generation.identity !== 'key';
    const [first = chunk] = next;
    const apart = chunk.consistentPoint !== first.consistentPoint || dirname(chunk.path) !== dirname(first.path);
    if ((full || apart) && next.length > 0) break;
    next.push(chunk);
  }
  return next;
}

/**
 * Loads chunks of a copy or base after checking that they are what its records say. Doing it again
 * changes nothing. The caller saves the returned generation.
 */
export async function loadChunks(context: LoadContext, generation: Generation, chunks: readonly ComingChunk[]): Promise<Generation> {
  const schema = await context.schemas.get(generation.tableId, generation.schemaHash);
  await createStorage(context.engine, generation.storage, schema, context.storagePolicy);
  if (generation.history !== undefined) await createHistory(context.engine, generation.history.storage, schema, context.storagePolicy);
  const filled = chunks.filter((chunk) => chunk.rows > 0);
  if (filled.length > 0) await insertChunks(context, { generation, schema, chunks: filled });
  const copiedRows = chunks.reduce((total, chunk) => total + chunk.rows, generation.copiedRows ?? 0);
  return { ...withNulls(generation, chunks), ...lastPoint(generation, chunks), chunks: generation.chunks + chunks.length, copiedRows };
}

/**
 * Chunks of a copy that was interrupted and of its continuation may come in any order, so the
 * greatest point counts.
 */
function lastPoint({ lastPoint: before }: Generation, chunks: readonly ComingChunk[]): Pick<Generation, 'lastPoint'> {
  const point = pointOf(chunks);
  return point === null || (before !== undefined && before >= point) ? {} : { lastPoint: point };
}

/** The consistent point that chunks of one block share; null: it is the generation's. */
function pointOf([first]: readonly ComingChunk[]): Lsn | null {
  return first?.consistentPoint === undefined ? null : parseLsn(first.consistentPoint);
}

async function insertChunks(
  context: LoadContext,
  load: { generation: Generation; schema: TableSchema; chunks: readonly ComingChunk[] },
): Promise<void> {
  const { generation, schema, chunks } = load;
  const { source } = await openFiles(context, chunks, { structure: chunkStructure(schema), marks: NO_MARKS_SQL, keys: '0' });
  try {
    const columns = storageColumns(schema);
    const first = chunks[0]?.n ?? 0;
    const point = pointOf(chunks) ?? generation.consistentPoint;
    const common = {
      storage: quoteCh(generation.storage),
      columns: commaAfterEach(columns),
      values: commaAfterEach(columns.map((column) => `r.${column}`)),
      rows: sql('rows', { fields: chunkFields(schema), source: source.table, condition: fenced(context, '1') }),
      version: versionSql(version(schema.epoch, point)),
      settings: INSERT_SETTINGS,
    };
    const [name, holes] =
      schema.identity === 'key'
        ? (['load-chunks', common] as const)
        : (['load-signed-chunk', { ...common, first_row: `toUInt64(${BigInt(first) * ROWS_OF_A_CHUNK})` }] as const);
    await onShards(context.engine, (shard, share) => shard.exec(sql(name, { ...holes, mine: mineOfChunks(schema, share, first) })));
    if (generation.history === undefined) return;
    const { storage, begins, copied } = generation.history;
    const time = begins ? 'NULL' : timeCh(copied, 6);
    await context.engine.exec(sql('load-history', { ...common, storage: quoteCh(storage), time }));
  } finally {
    await source.release();
  }
}
