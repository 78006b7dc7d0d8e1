import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../engine.ts';
import { literalCh, quoteCh } from '../names.ts';

/**
 * The statement that creates a database of the warehouse unless it exists. On a cluster it is kept
 * by the Keeper: what is defined in it once, every node has, also one that was away or is new.
 */
export function createDatabaseSql({ traits }: Pick<Engine, 'traits'>, database: string): string {
  if (traits.cluster === undefined) return sql('create-database', { database: quoteCh(database) });
  const path = literalCh(`/clickhouse/databases/${encodeURIComponent(database)}`);
  const kept = ` ON CLUSTER ${literalCh(traits.cluster)} ENGINE = Replicated(${path}, '{shard}', '{replica}')`;
  return sql('create-database', { database: `${quoteCh(database)}${kept}` });
}
