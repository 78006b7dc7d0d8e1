import { sql } from '../warehouse-sql/load.ts';
import type { Engine } from '../warehouse/engine.ts';
import { everywhere, keptDatabase } from '../warehouse/cluster/create-database.ts';
import { isSpread } from '../warehouse/cluster/shards.ts';
import { literalCh } from '../warehouse/names.ts';
import { frozenDatabases, frozenNames, frozenSchema, rowsName } from './state/freeze.ts';
import type { Freeze } from './state/freeze.ts';
import { historyViewsSql } from './storage/history-views.ts';
import { rowsViewSql } from './storage/rows-view.ts';
import { COMMENT as VIEW_COMMENT, dropViews, dropViewsExcept, putViewsSql } from './storage/view.ts';
import type { ShownTable } from './storage/view.ts';
import type { CompactorContext } from './context.ts';

/** Marks the databases of freezes. */
const COMMENT = 'tables of a freeze, kept by tailrace';

type ViewContext = Pick<CompactorContext, 'engine' | 'schemas' | 'state'>;

/** Databases of the warehouse that were not created for freezes. */
export async function otherDatabases(engine: Engine): Promise<string[]> {
  return (await databases(engine)).filter(({ comment }) => comment !== COMMENT).map(({ name }) => name);
}

/**
 * Makes the views of a freeze read its clones. May be repeated. In an embedded warehouse no query
 * is planned while they move; on a server each view moves by itself. Nobody reads the views of a
 * held freeze yet, so no query waits for them.
 */
export async function showFreeze({ engine, schemas }: ViewContext, freeze: Freeze): Promise<void> {
  const names = frozenNames({ ...freeze, tables: freeze.tables.filter(({ history }) => history === undefined) });
  const statements: string[] = [];
  for (const table of freeze.tables) {
    const { tableId, schemaHash, history, name, storage, nullable } = table;
    const schema = { ...(await schemas.get(tableId, schemaHash)), schema: frozenSchema(freeze, table.schema), name: history?.of ?? name };
    const shown: ShownTable = { schema, storage, nullable };
    if (history === undefined) statements.push(...(await putViewsSql(engine, shown, names)));
    else
      statements.push(
        ...(await historyViewsSql(
          engine,
          { ...shown, since: history.since, bounds: { joining: history.joining, before: freeze.version ?? history.joining } },
          names,
        )),
      );
    if (freeze.held?.rows === true) statements.push(...(await rowsViewSql(engine, shown, rowsName(freeze, table))));
  }
  for (const database of frozenDatabases(freeze))
    await engine.exec(sql('create-freeze-database', { database: keptDatabase(engine, database), comment: COMMENT }));
  if (freeze.held === undefined) return engine.execTogether(statements);
  for (const statement of statements) await engine.exec(statement);
}

/** Databases with views that an earlier version created. */
export async function databasesWithOldViews(engine: Engine): Promise<ReadonlySet<string>> {
  const views = await engine.query<{ database: string }>(sql('old-views', { comment: literalCh(VIEW_COMMENT) }));
  return new Set(views.map(({ database }) => database));
}

/** Drops what `showFreeze` made for a held freeze, also when it made only a part of it. */
export async function dropHeldViews({ engine }: Pick<ViewContext, 'engine'>, freeze: Freeze): Promise<void> {
  const whole: Freeze = { ...freeze, state: 'shown' };
  // A database does not have the views of each shard.
  if (isSpread(engine)) for (const view of frozenNames(whole)) await dropViews(engine, view, []);
  for (const database of frozenDatabases(whole)) await engine.exec(sql('drop-freeze-database', { database: everywhere(engine, database) }));
}

/** Drops views and databases that were created for freezes and that no freeze has any more. */
export async function dropLeftViews({ engine, state }: Pick<ViewContext, 'engine' | 'state'>): Promise<void> {
  const marked = (await databases(engine)).filter(({ comment }) => comment === COMMENT);
  if (marked.length === 0) return;
  const within = new Set(marked.map(({ name }) => name));
  await dropViewsExcept(engine, state.freezes().flatMap(frozenNames), within);
  const claimed = new Set(state.freezes().flatMap(frozenDatabases));
  for (const { name, tables } of await databases(engine)) {
    // What somebody else has put into such a database stays.
    if (within.has(name) && !claimed.has(name) && Number(tables) === 0)
      await engine.exec(sql('drop-freeze-database', { database: everywhere(engine, name) }));
  }
}

function databases(engine: Engine): Promise<{ readonly name: string; readonly comment: string; readonly tables: string }[]> {
  return engine.query(sql('databases'));
}
