import { CLICKHOUSE, clickhouseCodeOf } from '../../warehouse/clickhouse-code.ts';
import { literalCh, quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { INSERT_SETTINGS } from '../../warehouse/insert-settings.ts';
import { KEYS_FIRST } from '../../warehouse/place.ts';
import { commaAfterEach, storageColumns } from '../storage/row-sql.ts';
import { resolvedRows } from './resolved-rows.ts';
import { storageOf } from './step.ts';
import type { OpenStep } from './step.ts';
import { boundsSql } from '../storage/version.ts';

/** Text of the throwIf of a step with a value that was found nowhere. */
const LACKING = 'tailrace: a changed row leaves out a value that was found nowhere';

/**
 * Inserts complete rows from the files into the storage, together with those that were resolved
 * into `staging` (null: there are none).
 */
export async function mergeRows(engine: Engine, open: OpenStep, staging: string | null): Promise<void> {
  const common = commonHoles(open);
  if (staging !== null) await engine.exec(sql('merge-resolved', { ...common, staging: quoteCh(staging) }));
  else await engine.exec(sql(open.schema.identity === 'key' ? 'merge-rows' : 'merge-signed', common));
}

/**
 * Resolves and inserts a step in one statement, and so without a staging table. Only for a step
 * without key changes: it may be resolved again. False: a value was found nowhere, nothing was
 * inserted, and whether the value counts is for `checkResolved` to say.
 */
export async function resolveAndMerge(engine: Engine, open: OpenStep): Promise<boolean> {
  const { settings, ...common } = commonHoles(open);
  const statement = sql('merge-and-resolve', {
    ...common,
    resolved_rows: resolvedRows(open),
    message: literalCh(LACKING),
    settings: `${settings}, ${KEYS_FIRST}`,
  });
  return engine.exec(statement).then(
    () => true,
    (error: unknown) => {
      if (clickhouseCodeOf(error) === CLICKHOUSE.thrown && error instanceof Error && error.message.includes(LACKING)) return false;
      throw error;
    },
  );
}

function commonHoles(open: OpenStep): Record<'storage' | 'columns' | 'values' | 'rows' | 'bounds' | 'settings', string> {
  const columns = storageColumns(open.schema);
  return {
    storage: storageOf(open),
    columns: commaAfterEach(columns),
    values: commaAfterEach(columns.map((column) => `r.${column}`)),
    rows: open.rows,
    bounds: boundsSql('r._tr_version', open.bounds),
    settings: open.folds ? INSERT_SETTINGS : `${INSERT_SETTINGS}, optimize_on_insert = 0`,
  };
}
