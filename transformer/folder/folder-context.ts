import { isComing } from '../../core/table-state.ts';
import type { GenerationState } from '../../core/table-state.ts';
import { historyViewOf, parseQualifiedName } from '../../core/table.ts';
import { warehouseDatabase, warehouseTable } from '../../warehouse/names.ts';
import type { FolderContext } from './judge-models.ts';

/**
 * What the position of a warehouse says about its tables, for `readFolder`. A history that a table
 * lacks may be on its way as well. Pure.
 */
export function folderContext(
  tables: readonly { readonly table: string; readonly state: GenerationState; readonly historySince?: string | undefined }[],
): Required<Pick<FolderContext, 'databases' | 'isComing'>> {
  const lacking = tables.filter(({ state, historySince }) => state !== 'dropped' && historySince === undefined);
  const names = [...tables, ...lacking.map(({ table }) => ({ table: historyViewOf(table), state: 'waiting' as const }))];
  const known = names.map(({ table, state }) => {
    const { schema, name } = parseQualifiedName(table);
    const database = warehouseDatabase(schema);
    return { database, name: warehouseTable(database, name), state };
  });
  return {
    databases: [...new Set(known.map(({ database }) => database))],
    isComing: ({ database, name }) => known.some((one) => one.database === database && one.name === name && isComing(one.state)),
  };
}
