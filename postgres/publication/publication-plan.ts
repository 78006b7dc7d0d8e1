import { quoteIdent, qualifiedName } from '../../core/table.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { RowFilter } from './row-filter.ts';

/** The two publications of one lake: one for all operations, one for inserts and truncates only. */
export interface PublicationNames {
  readonly main: string;
  readonly append: string;
}

/** A table in one of our publications. */
export interface PublishedTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** True in the publication of inserts and truncates only. */
  readonly appendOnly: boolean;
  /** Null: all rows. */
  readonly filter: RowFilter | null;
  /** It has a column list, which tailrace never sets. */
  readonly hasColumnList: boolean;
}

/** Moves one table into, out of or between the publications. Its statements are one transaction. */
export interface PublicationStep {
  readonly kind: 'add' | 'remove' | 'move';
  readonly oid: number;
  readonly table: string;
  readonly sql: string;
}

/** Both names, derived from the name of the lake. */
export function publicationNames(name: string): PublicationNames {
  return { main: name, append: `${name}_append` };
}

/**
 * The steps after which the publications have exactly `wanted`, each table in the one for its
 * identity. A table without an identity is never published with updates and deletes: the
 * application's own would fail. Unlogged tables have no changes to publish.
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
  // ONLY: inheritance children are separate tables. A partitioned table still includes its
  // partitions.
  return `alter publication ${publication} ${verb} table only ${qualifiedName(table.schema, table.name)}`;
}
