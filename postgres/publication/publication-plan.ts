import { quoteIdent, qualifiedName } from '../../core/table.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { RowFilter } from './row-filter.ts';

/** The two publications of one deployment: everything, and inserts and truncates only. */
export interface PublicationNames {
  readonly main: string;
  readonly append: string;
}

/** A table that one of our publications has. */
export interface PublishedTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** True in the publication of inserts and truncates only. */
  readonly appendOnly: boolean;
  /** Null: all rows. */
  readonly filter: RowFilter | null;
  /** Somebody gave it a column list, which we never do. */
  readonly hasColumnList: boolean;
}

/** One table's way into, out of or between the publications: its statements are one transaction. */
export interface PublicationStep {
  readonly kind: 'add' | 'remove' | 'move';
  readonly oid: number;
  readonly table: string;
  readonly sql: string;
}

/** Both names from the one that the lake gives. */
export function publicationNames(name: string): PublicationNames {
  return { main: name, append: `${name}_append` };
}

/**
 * What makes the publications have exactly `wanted`, each table where its identity belongs: a table
 * whose rows cannot be told apart is never published with updates and deletes, because its own
 * would fail from then on. Unlogged tables have no changes to publish.
 */
export function planPublications(
  names: PublicationNames,
  current: readonly PublishedTable[],
  wanted: readonly CatalogTable[],
): PublicationStep[] {
  const loggedOids = new Set(wanted.filter(({ unlogged }) => !unlogged).map(({ oid }) => oid));
  const removed = current
    .filter(({ oid }) => !loggedOids.has(oid))
    .map((table): PublicationStep => ({
      kind: 'remove',
      oid: table.oid,
      table: qualifiedName(table.schema, table.name),
      sql: change('drop', names, table),
    }));
  const changed = wanted
    .filter(({ unlogged }) => !unlogged)
    .flatMap((table) => {
      const appendOnly = table.chosen.identity === 'append';
      const filter = table.narrowed?.filter ?? null;
      const has = current.filter(({ oid }) => oid === table.oid);
      const wrong = has.filter(
        (entry) => entry.appendOnly !== appendOnly || entry.hasColumnList || (entry.filter?.text ?? null) !== filter,
      );
      if (has.length > 0 && wrong.length === 0) return [];
      const drops = wrong.map((entry) => change('drop', names, entry));
      const adds =
        has.length > wrong.length ? [] : [change('add', names, { ...table, appendOnly }) + (filter === null ? '' : ` where (${filter})`)];
      const kind = has.length === 0 ? ('add' as const) : ('move' as const);
      return [{ kind, oid: table.oid, table: qualifiedName(table.schema, table.name), sql: [...drops, ...adds].join('; ') }];
    });
  return [...removed, ...changed];
}

function change(verb: 'add' | 'drop', names: PublicationNames, table: { schema: string; name: string; appendOnly: boolean }): string {
  const publication = quoteIdent(table.appendOnly ? names.append : names.main);
  // ONLY: children by inheritance are tables of their own; a partitioned table brings its
  // partitions all the same.
  return `alter publication ${publication} ${verb} table only ${qualifiedName(table.schema, table.name)}`;
}
