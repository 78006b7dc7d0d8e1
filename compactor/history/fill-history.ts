import type { Engine } from '../../warehouse/engine.ts';
import { INSERT_SETTINGS, READ_SETTINGS } from '../../warehouse/insert-settings.ts';
import { literalCh, quoteCh, timeCh } from '../../warehouse/names.ts';
import { KEYS_FIRST } from '../../warehouse/place.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { resolvedRows } from '../step/resolved-rows.ts';
import type { ResolvedFrom } from '../step/resolved-rows.ts';
import type { OpenStep } from '../step/step.ts';
import { commaAfterEach, storageColumns, storageKey } from '../storage/row-sql.ts';
import { boundsSql, versionSql } from '../storage/version.ts';

/** A history lies on one shard (compactor/history/history-wish.ts). */
const WHOLE = { shard: 0, of: 1 };

const LACKING = 'tailrace: a changed row leaves out a value that the history has not got';

/** Every row image is a row of its own, so folding the block would find nothing. */
const UNFOLDED = `${INSERT_SETTINGS}, optimize_on_insert = 0`;

/** Commits of one LSN have ordinals from 1; 0 is a row of a copy. */
const ORDINALS = (1n << 48n) - 1n;

/**
 * Inserts every row image of a step into a history, and what its truncates close. It reads the
 * files and the history alone, as that was before the step. So it may be done again at any time,
 * also after later steps.
 */
export async function fillHistory(engine: Engine, open: OpenStep, storage: string): Promise<void> {
  const { schema, step } = open;
  const columns = storageColumns(schema);
  const common = {
    storage: quoteCh(storage),
    columns: commaAfterEach(columns),
    values: commaAfterEach(columns.map((column) => `r.${column}`)),
    rows: open.rows,
    bounds: boundsSql('r._tr_version', open.bounds),
  };
  if (step.files.some((file) => file.unchanged > 0))
    await engine.exec(
      sql('fill-resolved-history', {
        ...common,
        resolved_rows: resolvedRows({ ...open, storage }, WHOLE, earlierRows(open)),
        since: versionSql(open.wholeSince),
        message: literalCh(LACKING),
        settings: `${UNFOLDED}, ${KEYS_FIRST}`,
      }),
    );
  else await engine.exec(sql('fill-history', { ...common, settings: UNFOLDED }));
  if (step.truncates) await closeTruncated(engine, open, storage);
}

/** In order, because what one truncate has closed is not open at the next. */
async function closeTruncated(engine: Engine, open: OpenStep, storage: string): Promise<void> {
  const found = await engine.query<{ version: string; time: string }>(
    sql('truncates', { rows: open.rows, bounds: boundsSql('r._tr_version', open.bounds), settings: READ_SETTINGS }),
  );
  const common = { storage: quoteCh(storage), key: storageKey(open.schema).join(', ') };
  for (const { version: at, time } of found)
    await engine.exec(sql('close-truncated', { ...common, version: versionSql(BigInt(at)), time: timeCh(time, 6) }));
}

function earlierRows(open: OpenStep): ResolvedFrom {
  const key = storageKey(open.schema).map((name) => `t.${name}`);
  return {
    stored: (holes) => sql('earlier-rows', { ...holes, before: firstSql(open), key: key.join(', ') }),
    more: ['_tr_op', '_tr_commit_time'],
  };
}

/** SQL of the least version that a change of the step has. */
function firstSql({ rows, bounds }: OpenStep): string {
  const from = (bounds.from & ORDINALS) === 0n ? bounds.from + 1n : bounds.from;
  return `greatest(${versionSql(from)}, (${sql('first-version', { rows })}))`;
}
