import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../engine.ts';
import { literalCh, quoteCh } from '../names.ts';

/**
 * The statement that creates a database of the warehouse unless it exists. On a cluster it is kept
 * by the Keeper: what is defined in it once, every node has, also one that was away or is new.
 */
export function createDatabaseSql(engine: Pick<Engine, 'traits'>, database: string): string {
  return sql('create-database', { database: keptDatabase(engine, database) });
}

/** The name of a database that is created, in backticks, and what keeps it on a cluster. */
export function keptDatabase(engine: Pick<Engine, 'traits'>, database: string): string {
  if (engine.traits.cluster === undefined) return quoteCh(database);
  const path = literalCh(`/clickhouse/databases/${encodeURIComponent(database)}`);
  return `${everywhere(engine, database)} ENGINE = Replicated(${path}, '{shard}', '{replica}')`;
}

/** The name of a database, in backticks, on all nodes: they create and drop it one by one. */
export function everywhere({ traits }: Pick<Engine, 'traits'>, database: string): string {
  return `${quoteCh(database)}${traits.cluster === undefined ? '' : ` ON CLUSTER ${literalCh(traits.cluster)}`}`;
}
