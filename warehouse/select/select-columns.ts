import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../engine.ts';

/** A column of a result. */
export interface ResultColumn {
  readonly name: string;
  readonly type: string;
}

/**
 * The columns that a SELECT returns; it is analyzed and not run. WAREHOUSE_QUERY when the engine
 * refuses it, for example because a table or column is not there.
 */
export async function selectColumns(engine: Pick<Engine, 'query'>, select: string): Promise<ResultColumn[]> {
  const rows = await engine.query<ResultColumn>(sql('describe', { select }));
  return rows.map(({ name, type }) => ({ name, type }));
}

/** Functions that some SELECTs must not call, by their lower-case names. */
export interface SpecialFunctions {
  /** The same arguments may give another result: now, rand, currentDatabase. */
  readonly changing: ReadonlySet<string>;
  /** They take several rows: sum, row_number. */
  readonly aggregate: ReadonlySet<string>;
}

const KNOWN = new WeakMap<object, Promise<SpecialFunctions>>();

/** As the engine's own list has them. It is read once from each engine. */
export async function specialFunctions(engine: Pick<Engine, 'query'>): Promise<SpecialFunctions> {
  const known = KNOWN.get(engine) ?? readFunctions(engine);
  KNOWN.set(engine, known);
  known.catch(() => KNOWN.delete(engine));
  return known;
}

async function readFunctions(engine: Pick<Engine, 'query'>): Promise<SpecialFunctions> {
  const rows = await engine.query<{ name: string; changing: boolean; aggregate: boolean }>(sql('special-functions'));
  const named = (fits: (row: (typeof rows)[number]) => boolean): Set<string> => new Set(rows.filter(fits).map(({ name }) => name));
  return { changing: named(({ changing }) => changing), aggregate: named(({ aggregate }) => aggregate) };
}
