import { TailraceError } from '../../core/errors.ts';
import type { HistoryWish } from '../../core/sections/table-history.ts';
import { qualifiedName } from '../../core/table.ts';
import { isSpread } from '../../warehouse/cluster/shards.ts';
import type { Engine } from '../../warehouse/engine.ts';

/**
 * The wish as this warehouse can fulfil it. BAD_CONFIG, once a table with a history comes, where
 * rows lie on several shards: a view with a parameter cannot ask all of them.
 */
export function historyWish(engine: Engine, wish: HistoryWish): HistoryWish {
  if (!isSpread(engine)) return wish;
  return (table) => {
    const wanted = wish(table);
    if (wanted === null) return null;
    const name = qualifiedName(table.schema, table.name);
    throw new TailraceError('BAD_CONFIG', `${name} has a history in the configuration, and the warehouse has several shards`, {
      hint: 'Take `history` out of the section of the table, or use a warehouse of one shard.',
    });
  };
}
