import { withHistories } from '../core/table-state.ts';
import { TailraceError } from '../core/errors.ts';
import { parseQualifiedName } from '../core/table.ts';
import type { ReportedModel } from '../lake/models-report.ts';
import type { Position } from '../lake/readers.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { Engine } from '../warehouse/engine.ts';
import { literalCh, warehouseDatabase, warehouseTable } from '../warehouse/names.ts';
import { renameDatabases, selectTables } from '../warehouse/select/select-tables.ts';
import { inlineViews } from './inline-views.ts';
import type { InlinedView } from './inline-views.ts';

/** How a query is answered. */
export interface WatchPlan {
  /** Replicated tables that it reads, also through views, as `schema.table`. */
  readonly tables: readonly string[];
  /** Models that it reads as they are shown, as `database.name`. */
  readonly marts: readonly string[];
  /** It reads something else, whose changes nobody reports. */
  readonly others: boolean;
  /** The text over the tables of a freeze; null: those that are shown. */
  selectAt(freeze: string | null): string;
}

/** What lies behind the names of a warehouse. */
export interface Standing {
  readonly position: Position;
  readonly models: readonly ReportedModel[];
}

interface Name {
  readonly database: string;
  readonly name: string;
}

/** What one text reads. */
interface Found {
  readonly tables: Set<string>;
  readonly marts: Set<string>;
  others: boolean;
}

/** Views that read views, one after the other. */
const DEEPEST = 16;

/**
 * Finds what a SELECT reads. Views over replicated tables are resolved, so that they too are read
 * in a freeze. Throws BAD_QUERY for what is not one SELECT, TABLE_NOT_LIVE for a model that has not
 * been built.
 */
export async function planWatch(engine: Pick<Engine, 'query'>, select: string, standing: Standing): Promise<WatchPlan> {
  const replicated = replicatedTables(standing.position);
  const models = new Map(standing.models.map((model) => [model.model, model]));
  const views: InlinedView[] = [];
  const known = new Map<string, Found>();
  const look = async (text: string, depth: number): Promise<Found> => {
    const found: Found = { tables: new Set(), marts: new Set(), others: depth > DEEPEST };
    if (found.others) return found;
    for (const { database, name } of (await selectTables(engine, text)).tables) {
      if (database === null) {
        found.others = true;
        continue;
      }
      const table = replicated.get(keyOf({ database, name }))?.table;
      const model = models.get(`${database}.${name}`);
      if (table !== undefined) found.tables.add(table);
      else if (model?.lsn === null) throw notBuilt(model.model);
      else if (model !== undefined && model.kind !== 'view') found.marts.add(model.model);
      else merge(found, await behind({ database, name }, depth));
    }
    return found;
  };
  const behind = async (view: Name, depth: number): Promise<Found | null> => {
    const before = known.get(keyOf(view));
    if (before !== undefined) return before;
    const body = await viewBody(engine, view);
    if (body === null) return null;
    const found = await look(body, depth + 1);
    known.set(keyOf(view), found);
    // All views that it reads stand before it.
    if (found.tables.size > 0) views.push({ ...view, select: body });
    return found;
  };
  const whole = await look(select, 0);
  const text = inlineViews(select, views);
  const named = [...replicated.values()];
  return {
    tables: [...whole.tables],
    marts: [...whole.marts],
    others: whole.others,
    selectAt: (freeze) =>
      freeze === null ? select : renameDatabases(text, named, ({ database }) => warehouseDatabase(`${freeze}_${database}`)),
  };
}

function notBuilt(model: string): TailraceError {
  return new TailraceError('TABLE_NOT_LIVE', `${model} has not been built yet`, { hint: '`tailrace models` shows where it stands.' });
}

function merge(into: Found, found: Found | null): void {
  for (const table of found?.tables ?? []) into.tables.add(table);
  for (const mart of found?.marts ?? []) into.marts.add(mart);
  into.others ||= found === null || found.others;
}

/** The SELECT of an ordinary view; null: it is something else, or nothing. */
async function viewBody(engine: Pick<Engine, 'query'>, { database, name }: Name): Promise<string | null> {
  const [row] = await engine.query<{ body: string }>(sql('view-body', { database: literalCh(database), name: literalCh(name) }));
  return row === undefined || row.body === '' ? null : row.body;
}

/** The tables of the source by their names in the warehouse; `__exact` is the same table. */
function replicatedTables({ tables }: Position): Map<string, Name & { readonly table: string }> {
  return new Map(
    withHistories(tables)
      .filter(({ state }) => state !== 'dropped')
      .flatMap(({ table }) => {
        const { schema, name } = parseQualifiedName(table);
        const database = warehouseDatabase(schema);
        return [name, `${name}__exact`].map((one) => {
          const shown = { database, name: warehouseTable(database, one) };
          return [keyOf(shown), { ...shown, table }] as const;
        });
      }),
  );
}

function keyOf({ database, name }: Name): string {
  return JSON.stringify([database, name]);
}
