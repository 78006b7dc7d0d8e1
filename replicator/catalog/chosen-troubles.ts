import type { TailraceError } from '../../core/errors.ts';
import { qualifiedName } from '../../core/table.ts';
import type { TableTrouble } from '../../lake/choice.ts';
import type { CatalogTable } from '../../postgres/catalog/catalog.ts';
import { incomplete, misfit, unlogged } from '../../postgres/publication/obstacle.ts';
import type { FailedChange } from '../../postgres/publication/publication.ts';
import type { FoundTrouble } from './table-troubles.ts';

/**
 * Chosen tables and failed changes of the publications → why tables are not replicated, or not
 * completely. Pure.
 */
export function chosenTroubles(chosen: readonly CatalogTable[], failed: readonly FailedChange[]): FoundTrouble[] {
  const failures = new Map(failed.map(({ oid, error }) => [oid, error]));
  return chosen.flatMap((table): FoundTrouble[] => {
    const name = qualifiedName(table.schema, table.name);
    const found = (state: TableTrouble['state'], { code, message }: TailraceError): FoundTrouble[] => [
      { oid: table.oid, table: name, state, code, message },
    ];
    if (table.unlogged) return found('unpublished', unlogged(name));
    const { narrowed } = table;
    if (narrowed !== undefined && narrowed.refused !== null)
      return found(narrowed.busy ? 'waiting' : 'unpublished', misfit(name, narrowed.refused, narrowed));
    const failure = failures.get(table.oid);
    if (failure !== undefined) return found(failure.code === 'SOURCE_BUSY' ? 'waiting' : 'unpublished', failure);
    const unsent = table.partitions
      .filter((leaf) => leaf.kind === 'f' || leaf.unlogged)
      .map(({ schema, name: leaf, kind }) => ({ schema, name: leaf, kind: kind === 'f' ? ('foreign' as const) : ('unlogged' as const) }));
    return unsent.length === 0 ? [] : found('incomplete', incomplete(name, unsent));
  });
}
