import type { Engine } from '../engine.ts';

/** One shard of a warehouse: its number from 0, and how many there are. */
export interface Share {
  readonly shard: number;
  readonly of: number;
}

/** The share of a warehouse that has one shard. */
export const WHOLE: Share = { shard: 0, of: 1 };

/** The shards of a warehouse; one machine is its only shard. */
export function shardsOf(engine: Engine): readonly Engine[] {
  return engine.shards ?? [engine];
}

/** The database of the views that each shard has of its own rows. */
export const SHARD_DATABASE = 'tailrace_shard';

/** Whether rows lie on several shards. */
export function isSpread(engine: Engine): boolean {
  return shardsOf(engine).length > 1;
}

/**
 * Does something on all shards at once. It rejects with a failure once all have ended, so that
 * nothing still runs when it is done again.
 */
export async function onShards<T>(engine: Engine, work: (shard: Engine, share: Share) => Promise<T>): Promise<T[]> {
  const shards = shardsOf(engine);
  const all = shards.map((shard, index) => work(shard, { shard: index, of: shards.length }));
  await Promise.allSettled(all);
  return Promise.all(all);
}

/** The rows that a SELECT has on all shards. */
export async function queryAll<T extends object>(engine: Engine, select: string): Promise<T[]> {
  return (await onShards(engine, (shard) => shard.query<T>(select))).flat();
}

/** The sum of a column of numbers, which come as text. */
export function sum<K extends string>(rows: readonly Readonly<Record<K, string>>[], column: K): number {
  return rows.reduce((total, row) => total + Number(row[column]), 0);
}

/** What stands before the name of a MergeTree engine. */
export function replicated({ traits }: Pick<Engine, 'traits'>): '' | 'Replicated' {
  return traits.cluster === undefined ? '' : 'Replicated';
}
