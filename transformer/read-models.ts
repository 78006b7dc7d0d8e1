import { getPosition } from '../lake/readers.ts';
import type { Engine } from '../warehouse/engine.ts';
import { folderContext } from './folder/folder-context.ts';
import type { Folder } from './folder/model.ts';
import { readFolder } from './folder/read-folder.ts';
import type { TransformerOptions } from './transformer-options.ts';

/**
 * Reads the folder of the models against what the source has now. Before the first table is live,
 * every table that is not there may be coming. `atStart`: what the engine refuses is BAD_MODEL.
 */
export async function readModels(
  { store, warehouseId, directory }: Pick<TransformerOptions, 'store' | 'warehouseId' | 'directory'>,
  engine: Pick<Engine, 'query'>,
  atStart: boolean,
): Promise<Folder> {
  const tables = (await getPosition(store, warehouseId))?.tables ?? [];
  const begins = !tables.some(({ state }) => state === 'live');
  const { databases, isComing } = folderContext(tables);
  return readFolder(directory, engine, { databases, isComing: (table) => begins || isComing(table), atStart });
}
