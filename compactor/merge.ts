import { quoteCh } from '../warehouse/names.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { Engine } from '../warehouse/engine.ts';
import { insertSettings } from './insert-settings.ts';
import { commaAfterEach, storageColumns } from './row-sql.ts';
import { storageOf } from './step.ts';
import type { OpenStep } from './step.ts';
import { boundsSql } from './version.ts';

/** Rows that are complete go from the files into the storage. */
export async function mergeRows(engine: Engine, open: OpenStep): Promise<void> {
  const columns = storageColumns(open.schema);
  await engine.exec(
    sql(open.schema.identity === 'key' ? 'merge-rows' : 'merge-signed', {
      storage: storageOf(open),
      columns: commaAfterEach(columns),
      values: commaAfterEach(columns.map((column) => `r.${column}`)),
      rows: open.rows,
      bounds: boundsSql('r._tr_version', open.bounds),
      settings: insertSettings(`${open.token}:rows`),
    }),
  );
}

/** Rows that were resolved go from staging into the storage. */
export async function mergeStaged(engine: Engine, open: OpenStep, staging: string): Promise<void> {
  await engine.exec(
    sql('merge-staged', {
      storage: storageOf(open),
      staging: quoteCh(staging),
      columns: storageColumns(open.schema).join(', '),
      settings: insertSettings(`${open.token}:staged`),
    }),
  );
}
