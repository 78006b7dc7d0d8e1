import type { TableSchema } from '../../core/table.ts';
import { onShards, shardsOf } from '../../warehouse/cluster/shards.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { stagedOf } from '../storage/spread.ts';

/**
 * Copies staged rows whose new key belongs to another shard into the staging table there. They were
 * resolved where their old key was. Must run once only, like the staging before it; each shard
 * merges the staged rows that are its own.
 */
export async function handOver(engine: Engine, schema: TableSchema, staging: string): Promise<void> {
  await onShards(engine, async (from, { shard, of }) => {
    for (const [index, to] of shardsOf(engine).entries()) {
      const theirs = stagedOf(schema, { shard: index, of });
      if (index === shard || theirs === null) continue;
      await copyRows({ from, to }, { table: staging, into: staging, condition: theirs });
    }
  });
}

/** Copies stored rows of a table of database tailrace into one of the same columns elsewhere. */
export async function copyRows(
  { from, to }: { from: Engine; to: Engine },
  { table, into, condition }: { table: string; into: string; condition: string },
): Promise<void> {
  const moved = { table: quoteCh(table), condition };
  const [found] = await from.query<{ rows: string }>(sql('count-moved', moved));
  if (Number(found?.rows) === 0) return;
  const { body } = await from.read({ sql: sql('moved-rows', moved), format: 'Native', unhurried: true });
  await to.insertRows?.(sql('take-moved', { table: quoteCh(into) }), body);
}
