import { isAway, TailraceError } from '../../core/errors.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { literalCh, qualifiedCh, quoteCh } from '../../warehouse/names.ts';
import type { ModelRecord } from '../state/model-record.ts';

/** Marks the databases and the views of models. */
const COMMENT = 'model of the warehouse, kept by tailrace';

type ViewEngine = Pick<Engine, 'exec' | 'query' | 'execTogether'>;

interface Place {
  readonly database: string;
  readonly name: string;
}

/**
 * Refuses a place that somebody else has filled: a database that was not created for models, or a
 * table in one. Errors: BAD_MODEL.
 */
export async function checkPlace(engine: ViewEngine, { database, name }: Place): Promise<void> {
  const databases = await engine.query<{ name: string; comment: string }>(sql('databases'));
  const there = databases.find((one) => one.name === database);
  if (there === undefined) return;
  if (there.comment !== COMMENT)
    throw new TailraceError('BAD_MODEL', `database ${database} was not created for models`, {
      hint: 'Name the folder of the model differently.',
    });
  const tables = await engine.query<{ comment: string }>(sql('table-comment', { database: literalCh(database), table: literalCh(name) }));
  if (tables.some(({ comment }) => comment !== COMMENT))
    throw new TailraceError('BAD_MODEL', `${database}.${name} is a table that was not created for a model`, {
      hint: 'Drop it, or name the model differently.',
    });
}

/** Moves the views of models to what their records show, all together. May be repeated. */
export async function showModels(engine: ViewEngine, records: readonly ModelRecord[]): Promise<void> {
  const shown = records.filter((record) => record.shown !== null && !record.gone);
  for (const database of new Set(shown.map((record) => record.database)))
    await engine.exec(sql('create-marked-database', { database: quoteCh(database), comment: COMMENT }));
  const views = shown.map((record) =>
    sql('model-view', { view: qualifiedCh(record.database, record.name), select: record.shown?.select ?? '', comment: COMMENT }),
  );
  if (views.length > 0) await engine.execTogether(views);
}

/**
 * Replaces views that an earlier version created. One that the engine refuses stays as it was.
 * Rejects when the engine does not answer.
 */
export async function replaceOldViews(engine: ViewEngine, records: readonly ModelRecord[]): Promise<void> {
  const old = await engine.query<{ database: string; name: string }>(sql('old-views', { comment: literalCh(COMMENT) }));
  const names = new Set(old.map(({ database, name }) => qualifiedCh(database, name)));
  for (const record of records.filter(({ database, name }) => names.has(qualifiedCh(database, name)))) {
    await showModels(engine, [record]).catch((error: unknown) => {
      if (isAway(error)) throw error;
    });
  }
}

/** Drops the views of models that are not among these, then databases that were left empty. */
export async function dropOtherModels(engine: ViewEngine, kept: readonly Place[]): Promise<void> {
  const names = new Set(kept.map(({ database, name }) => qualifiedCh(database, name)));
  for (const { database, view } of await engine.query<{ database: string; view: string }>(sql('marked-views', { comment: COMMENT }))) {
    const place = qualifiedCh(database, view);
    if (!names.has(place)) await engine.exec(sql('drop-view', { view: place }));
  }
  for (const { name, comment, tables } of await engine.query<{ name: string; comment: string; tables: string }>(sql('databases'))) {
    if (comment === COMMENT && Number(tables) === 0) await engine.exec(sql('drop-run-database', { database: quoteCh(name) }));
  }
}
