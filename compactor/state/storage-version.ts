import { TailraceError } from '../../core/errors.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';

/** What leads from one version of the storage of a warehouse to the next one. */
export interface Migration {
  /** What is different from there on, for the log. */
  readonly what: string;
  /** Changes tables of the state. It may be repeated, and runs before the state is read. */
  readonly run?: (engine: Pick<Engine, 'exec'>) => Promise<void>;
  /** The stored rows are of no use from there on: every table is built again from the lake. */
  readonly rebuilds?: true;
}

/** The first one leads from version 1 to version 2. None is removed, and new ones come last. */
export const MIGRATIONS: readonly Migration[] = [
  { what: 'results of tests have their run, position and failing rows', run: (engine) => engine.exec(sql('alter-quality')) },
];

/** The fact with the version. Warehouses of earlier versions of tailrace have none. */
const KEY = 'storage';

/** How far the storage of a warehouse is. */
export interface StorageVersion {
  /** The version that this program writes. */
  readonly newest: number;
  /** What leads there, in order. */
  readonly due: readonly Migration[];
}

/** `facts`: those of the warehouse; none in a new one. WAREHOUSE_TOO_NEW. */
export function storageVersion(facts: ReadonlyMap<string, string>, migrations: readonly Migration[] = MIGRATIONS): StorageVersion {
  const newest = migrations.length + 1;
  if (facts.size === 0) return { newest, due: [] };
  const stored = Number(facts.get(KEY) ?? 1);
  if (!Number.isInteger(stored) || stored < 1)
    throw new TailraceError('INTERNAL', `the version of the storage is "${facts.get(KEY)}"`, { hint: 'Use an empty --warehouse.' });
  if (stored > newest)
    throw new TailraceError(
      'WAREHOUSE_TOO_NEW',
      `the warehouse has storage version ${stored}, but this version reads only up to ${newest}`,
    );
  return { newest, due: migrations.slice(stored - 1) };
}

/** The facts to save once all is done that is due; none when they are saved already. */
export function settledFacts(facts: ReadonlyMap<string, string>, { newest }: StorageVersion): ReadonlyMap<string, string> {
  return facts.get(KEY) === String(newest) ? new Map() : new Map([[KEY, String(newest)]]);
}
