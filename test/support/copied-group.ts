import PQueue from 'p-queue';
import { NO_RULES } from './no-rules.ts';
import { listGenerations } from '../../lake/snapshot-log.ts';
import { MemoryStore } from './memory-store.ts';
import { createWriter } from '../../lake/writer.ts';
import { copyGroup } from '../../snapshotter/copy-group.ts';
import type { GroupContext } from '../../snapshotter/copy-group.ts';
import type { CopyTask } from '../../snapshotter/choose-copies.ts';
import { ReadRate } from '../../snapshotter/read-rate.ts';
import { copiedRows, finishedGeneration } from './copied-table.ts';
import type { TestDatabase } from './postgres.ts';

/** A copy of tables of a database, with what was settled and how. */
export async function copy(database: TestDatabase, tables: string[], facts: Partial<GroupContext> = {}) {
  const store = facts.store ?? new MemoryStore();
  const settled = new Map<string, unknown>();
  const tasks: CopyTask[] = [];
  for (const table of tables) {
    const [row] = await database.query<{ oid: number }>('SELECT $1::regclass::oid::bigint::float8 AS oid', [table]);
    const oid = row?.oid ?? 0;
    const generation = (await listGenerations(store)).filter(({ tableId }) => tableId === `${oid}_1`).length + 1;
    const [keyed] = await database.query(
      `SELECT FROM pg_class c LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary WHERE c.oid = ${oid} AND (c.relreplident = 'f' OR i.indisprimary)`,
    );
    const unfinished = generation > 1;
    tasks.push({ tableId: `${oid}_1`, oid, table, appendOnly: keyed === undefined, generation, unfinished, reason: 'test', requests: [] });
  }
  const context: GroupContext = {
    source: { url: database.url },
    store,
    writer: createWriter(),
    epoch: 1,
    rules: NO_RULES,
    queue: new PQueue({ concurrency: 2 }),
    chunkBytes: 1 << 26,
    rate: new ReadRate(null),
    format: 'auto',
    signal: new AbortController().signal,
    onProgress: () => undefined,
    prove: async () => undefined,
    maxHoldMs: 3_600_000,
    onSettled: (task, outcome) => settled.set(task.table, 'error' in outcome ? outcome.error : null),
    ...facts,
  };
  await copyGroup(context, tasks);
  return { store, settled };
}

/** The copied rows of a table, in the order of their first columns. */
export async function rowsOf(store: MemoryStore | GroupContext['store'], table: string) {
  const generation = await finishedGeneration(store, table);
  if (generation === undefined) throw new Error(`${table} was not copied`);
  const rows = await copiedRows(store, generation);
  return rows.map((row) => Object.values(row)).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
