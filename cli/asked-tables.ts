import type { Config } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import { matchNamed } from '../core/table-glob.ts';
import { openLake } from '../lake/lake-identity.ts';
import type { TablePosition } from '../lake/readers.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { readPosition } from '../lake/warehouse-position.ts';
import { warehouseChoice } from './ends.ts';
import { requireCompactor } from './require-compactor.ts';
import { requireReader } from './running-compactor.ts';
import { stopSignal } from './stop-signal.ts';

/** Tables of a warehouse that a command asks its compactor about. */
export interface AskedTables {
  readonly tables: readonly TablePosition[];
  readonly warehouseId: string;
  /** Aborted when the user stops the command. */
  readonly signal: AbortSignal;
}

/**
 * The tables of the warehouse that `words` name, as globs (null: all), within those of the
 * configuration. LAKE_MISSING; NO_SUCH_TABLE; NOT_RUNNING when no compactor could answer.
 */
export async function askedTables(
  store: ObjectStore,
  config: Parameters<typeof requireCompactor>[0] & Pick<Config, 'tables' | 'warehouse'>,
  words: readonly string[] | null,
): Promise<AskedTables> {
  await openLake(store, null);
  const position = await readPosition(store, warehouseChoice(config));
  if (position === null) throw new TailraceError('NOT_RUNNING', 'the warehouse has not read this lake yet');
  const there = position.tables.filter(({ state }) => state !== 'dropped');
  const tables = matchNamed(words, matchNamed(config.tables ?? null, there));
  await requireCompactor(config);
  const signal = stopSignal();
  return { tables, signal, warehouseId: await requireReader(store, config, signal) };
}
