import { literalCh } from '../../warehouse/names.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { sql } from '../../warehouse-sql/load.ts';

/** The ClickHouse setting that allows a tuple to be NULL as a whole. */
export const NULLABLE_TUPLES = 'enable_nullable_tuple_type';

const KNOWN = new WeakMap<Engine, boolean>();

/** Whether the engine knows `Nullable(Tuple(…))`; asked once per engine. */
export async function knowsNullableTuples(engine: Engine): Promise<boolean> {
  const known = KNOWN.get(engine);
  if (known !== undefined) return known;
  const found = await engine.query(sql('known-setting', { name: literalCh(NULLABLE_TUPLES) }));
  KNOWN.set(engine, found.length > 0);
  return found.length > 0;
}
