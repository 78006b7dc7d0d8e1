import { decodeArrowFile } from '../../lake/arrow-read.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { SchemaStore } from '../../lake/schema-store.ts';
import { listGenerations } from '../../lake/snapshot-log.ts';
import type { SnapshotGeneration } from '../../lake/snapshot-log.ts';

/** Last finished generation of a table (`schema.table`) in the lake, or undefined. */
export async function finishedGeneration(store: ObjectStore, table: string): Promise<SnapshotGeneration | undefined> {
  return (await listGenerations(store)).findLast(({ plan, done }) => plan.table === table && done !== null);
}

/**
 * The rows of a generation's chunks as Postgres would print them: exact texts where columns cannot
 * hold a value. Column names come from the schema.
 */
export async function copiedRows(store: ObjectStore, generation: SnapshotGeneration): Promise<Record<string, string | null>[]> {
  const schema = await new SchemaStore(store).get(generation.tableId, generation.plan.schema);
  const rows: Record<string, string | null>[] = [];
  for (const chunk of generation.chunks) {
    const bytes = await store.get(chunk.path);
    if (bytes === null) throw new Error(`${chunk.path} is missing`);
    const file = decodeArrowFile(bytes, chunk.path);
    if (file.rowCount !== chunk.rows) throw new Error(`${chunk.path} has ${file.rowCount} rows, its record says ${chunk.rows}`);
    for (const cells of file.rows()) {
      const exact: Record<string, string | null> = JSON.parse(cells.at(-1) ?? '{}');
      rows.push(
        Object.fromEntries(
          schema.columns.map(({ name, field }, i) => [name, field in exact ? (exact[field] ?? null) : (cells[i] ?? null)]),
        ),
      );
    }
  }
  return rows;
}
