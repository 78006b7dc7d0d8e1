import { qualifiedName } from '../../core/table.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { CheckItem } from './check-item.ts';

/**
 * Items of a partitioned table: changes that its stream does not show, and partitions without a
 * stream.
 */
export function checkPartitions({ kind, partitions, schema, name }: CatalogTable): CheckItem[] {
  if (kind !== 'p') return [];
  const root = qualifiedName(schema, name);
  const leaves = partitions.map((leaf) => ({ part: qualifiedName(leaf.schema, leaf.name), ...leaf }));
  const foreign = leaves.filter((leaf) => leaf.kind !== 'r');
  const unlogged = leaves.filter((leaf) => leaf.kind === 'r' && leaf.unlogged);
  const items: CheckItem[] = [
    {
      item: 'partitions',
      value: `${partitions.length}: TRUNCATE, DROP, DETACH or ATTACH of one makes tailrace copy the whole table again; it stays readable during the copy`,
      verdict: 'warn',
      fix: '-- to empty one without a new copy, DELETE its rows: deletes are streamed',
    },
  ];
  if (foreign.length > 0) {
    items.push({
      item: 'foreign partition',
      value: `${foreign.map(({ part }) => part).join(', ')}: not replicated`,
      verdict: 'warn',
      fix: foreign.map(({ part }) => `ALTER TABLE ${root} DETACH PARTITION ${part};`).join('\n'),
    });
  }
  if (unlogged.length > 0) {
    items.push({
      item: 'unlogged partition',
      value: `${unlogged.map(({ part }) => part).join(', ')}: changes are not replicated`,
      verdict: 'warn',
      fix: unlogged.map(({ part }) => `ALTER TABLE ${part} SET LOGGED;`).join('\n'),
    });
  }
  return items;
}
