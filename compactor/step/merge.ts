import { quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { INSERT_SETTINGS } from '../../warehouse/insert-settings.ts';
import { commaAfterEach, storageColumns } from '../storage/row-sql.ts';
import { storageOf } from './step.ts';
import type { OpenStep } from './step.ts';
import { boundsSql } from '../storage/version.ts';

/**
 * Inserts complete rows from the files into the storage, together with those that were resolved
 * into `staging` (null: there are none).
 */
export async function mergeRows(engine: Engine, open: OpenStep, staging: string | null): Promise<void> {
  const columns = storageColumns(open.schema);
  const common = {
    storage: storageOf(open),
    columns: commaAfterEach(columns),
    values: commaAfterEach(columns.map((column) => `r.${column}`)),
    rows: open.rows,
    bounds: boundsSql('r._tr_version', open.bounds),
    settings: INSERT_SETTINGS,
  };
  if (staging !== null) await engine.exec(sql('merge-resolved', { ...common, staging: quoteCh(staging) }));
  else await engine.exec(sql(open.schema.identity === 'key' ? 'merge-rows' : 'merge-signed', common));
}
