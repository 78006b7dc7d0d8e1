import { TailraceError } from '../../core/errors.ts';
import type { Engine } from '../engine.ts';

/** One shard of a warehouse: its number from 0, and how many there are. */
export interface Share {
  readonly shard: number;
  readonly of: number;
}

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
 * nothing still runs when it is done again. Where there are several, the failure names its shard.
 */
export async function onShards<T>(engine: Engine, work: (shard: Engine, share: Share) => Promise<T>): Promise<T[]> {
  const shards = shardsOf(engine);
  const all = shards.map(async (shard, index) => {
    const share = { shard: index, of: shards.length };
    return work(shard, share).catch((error: unknown) => Promise.reject(onShard(error, share)));
  });
  await Promise.allSettled(all);
  return Promise.all(all);
}

function onShard(error: unknown, { shard, of }: Share): unknown {
  if (of === 1 || !(error instanceof TailraceError)) return error;
  return new TailraceError(error.code, `shard ${shard + 1} of ${of}: ${error.what}`, { cause: error, hint: error.hint });
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
