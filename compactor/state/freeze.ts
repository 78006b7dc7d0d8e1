import { z } from 'zod';
import { qualifiedName } from '../../core/table.ts';
import { isTaken, warehouseDatabase } from '../../warehouse/names.ts';

/** One table of a freeze. */
const frozenTable = z.object({
  /** Names at the source when it was frozen. */
  schema: z.string(),
  name: z.string(),
  tableId: z.string(),
  schemaHash: z.string(),
  /** Ids of columns that are NOT NULL in the schema and are shown as Nullable. */
  nullable: z.array(z.int()),
  /** Its clone in database tailrace. */
  storage: z.string(),
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
export const freeze = z.object({
  name: z.string(),
  state: z.enum(['moving', 'shown', 'dropping', 'dropped']),
  /** Id of the request that made it. */
  request: z.string(),
  /** Everything below it is in the tables, as `X/Y`. */
  lsn: z.string(),
  /** Greatest commit time of the source below `lsn`; null: no commit was applied yet. */
  asOf: z.string().nullable(),
  tables: z.array(frozenTable),
  /** Tables that were wanted and were not live. */
  leftOut: z.array(z.object({ table: z.string(), state: z.string() })),
});
export type Freeze = z.infer<typeof freeze>;

/** The schema name under which a freeze shows the tables of a schema of the source. */
export function frozenSchema(freezeName: string, schema: string): string {
  return `${freezeName}_${schema}`;
}

/** The tables of a freeze under the names that it shows; none when it is gone. */
export function frozenNames({ name, state, tables }: Freeze): { readonly schema: string; readonly name: string }[] {
  if (state === 'dropping' || state === 'dropped') return [];
  return tables.map((table) => ({ schema: frozenSchema(name, table.schema), name: table.name }));
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
 * Why a freeze of these schemas cannot have a name; null: it can. The answer names the database in
 * the way.
 */
export function nameClash(name: string, schemas: readonly string[], taken: TakenNames): string | null {
  for (const schema of schemas) {
    const wanted = frozenSchema(name, schema);
    const database = warehouseDatabase(wanted);
    const clash = (whose: string): string => `a freeze "${name}" would need the database ${database}, which ${whose}`;
    if (isTaken(wanted)) return `a freeze "${name}" would need the database ${wanted}, which the warehouse itself uses`;
    if (taken.schemas.some((one) => warehouseDatabase(one) === database)) return clash(`shows the schema ${wanted} of the source`);
    const other = taken.freezes.find((one) => one.name !== name && frozenDatabases(one).includes(database));
    if (other !== undefined) return clash(`belongs to the freeze "${other.name}"`);
    if (taken.databases.includes(database)) return clash('exists and is not of a freeze');
  }
  return null;
}
