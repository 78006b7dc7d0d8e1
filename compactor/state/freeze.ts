import { z } from 'zod';
import { HELD_PREFIX } from '../../core/freeze-name.ts';
import { qualifiedName } from '../../core/table.ts';
import { isTaken, warehouseDatabase } from '../../warehouse/names.ts';
import { historyNames } from '../storage/view.ts';
import { keptObject } from '../../lake/kept-object.ts';

/** One table of a freeze. */
const frozenTable = keptObject({
  /** Names at the source when it was frozen. */
  schema: z.string(),
  name: z.string(),
  tableId: z.string(),
  schemaHash: z.string(),
  /** Ids of columns that are NOT NULL in the schema and are shown as Nullable. */
  nullable: z.array(z.int()),
  /** Its clone in database tailrace. */
  storage: z.string(),
  /** The storage that was cloned: another one after a new copy, a truncate or a rebuild. */
  generation: z.string().optional(),
  /** How often tombstones of that storage had been cleaned up. */
  cleaned: z.int().optional(),
  /** `name` shows every version of another table's rows. */
  history: keptObject({
    /** The name of that table. */
    of: z.string(),
    /** It is whole from this time on. */
    since: z.string(),
    /** The least version of a copy that has not joined it yet; else that of the freeze. */
    joining: z.string(),
  }).optional(),
});
export type FrozenTable = z.infer<typeof frozenTable>;

/**
 * Live tables at one LSN, as clones under a name.
 *
 * moving    its clones exist and count; its views may still be those of the freeze before
 * shown     its views read its clones
 * dropping  its views are being dropped
 * dropped   nothing of it is left
 */
export const freeze = keptObject({
  name: z.string(),
  state: z.enum(['moving', 'shown', 'dropping', 'dropped']),
  /** Id of the request that made it. */
  request: z.string(),
  /** Everything below it is in the tables, as `X/Y`. */
  lsn: z.string(),
  /** Greatest commit time of the source below `lsn`; null: no commit was applied yet. */
  asOf: z.string().nullable(),
  /** The last manifest that is in it as a whole. */
  manifest: z.int().nonnegative().optional(),
  /** Least version that is not in it, as a decimal number. */
  version: z.string().optional(),
  /**
   * Somebody holds it: it ends when they do not renew it within these seconds. `rows`: a further
   * database, named as the freeze, shows every stored row.
   */
  held: keptObject({ seconds: z.number().positive(), rows: z.boolean() }).optional(),
  tables: z.array(frozenTable),
  /** Tables that were wanted and were not live. */
  leftOut: z.array(keptObject({ table: z.string(), state: z.string() })),
});
export type Freeze = z.infer<typeof freeze>;

/**
 * The schema name under which a freeze shows the tables of a schema of the source. A held one adds
 * its name to that of the database, so that the databases of a text can be renamed.
 */
export function frozenSchema({ name, held }: Pick<Freeze, 'name' | 'held'>, schema: string): string {
  return `${name}_${held === undefined ? schema : warehouseDatabase(schema)}`;
}

/** The view of a held freeze that shows every stored row of a table. */
export function rowsName({ name }: Pick<Freeze, 'name'>, table: FrozenTable): { readonly schema: string; readonly name: string } {
  return { schema: name, name: qualifiedName(table.schema, table.name) };
}

/** The views of a freeze under the names that it shows; none when it is gone. */
export function frozenNames(of: Freeze): { readonly schema: string; readonly name: string }[] {
  const { state, tables, held } = of;
  if (state === 'dropping' || state === 'dropped') return [];
  const names = tables.flatMap((table) => {
    const schema = frozenSchema(of, table.schema);
    if (table.history === undefined) return [{ schema, name: table.name }];
    return historyNames({ schema, name: table.history.of });
  });
  return held?.rows === true ? [...names, ...tables.map((table) => rowsName(of, table))] : names;
}

/** The databases of a freeze, sorted. */
export function frozenDatabases(of: Freeze): string[] {
  return [...new Set(frozenNames(of).map(({ schema }) => warehouseDatabase(schema)))].toSorted();
}

/** What a freeze is, in answers: `{ name, lsn, asOf, databases, tables }`. */
export function frozenFacts(of: Freeze) {
  const { name, lsn, asOf, tables } = of;
  return { name, lsn, asOf, databases: frozenDatabases(of), tables: tables.map((one) => qualifiedName(one.schema, one.name)).toSorted() };
}

/** What a freeze must not take. */
export interface TakenNames {
  /** Schemas of the source. */
  readonly schemas: readonly string[];
  readonly freezes: readonly Freeze[];
  /** Databases of the warehouse that were not created for freezes. */
  readonly databases: readonly string[];
}

/**
 * Why a freeze cannot have its name; null: it can. The answer names the database in the way.
 */
export function nameClash(wanted: Freeze, taken: TakenNames): string | null {
  const { name, held } = wanted;
  if (held === undefined && name.startsWith(HELD_PREFIX)) return `names that begin with ${HELD_PREFIX} are those of tailrace itself`;
  if (held !== undefined && !name.startsWith(HELD_PREFIX)) return `the name of a held freeze begins with ${HELD_PREFIX}`;
  for (const schema of new Set(frozenNames(wanted).map((one) => one.schema))) {
    const database = warehouseDatabase(schema);
    const clash = (whose: string): string => `a freeze "${name}" would need the database ${database}, which ${whose}`;
    if (isTaken(schema)) return `a freeze "${name}" would need the database ${schema}, which the warehouse itself uses`;
    if (taken.schemas.some((one) => warehouseDatabase(one) === database)) return clash(`shows the schema ${schema} of the source`);
    const other = taken.freezes.find((one) => one.name !== name && frozenDatabases(one).includes(database));
    if (other !== undefined) return clash(`belongs to the freeze "${other.name}"`);
    if (taken.databases.includes(database)) return clash('exists and is not of a freeze');
  }
  return null;
}
