import { TailraceError } from '../../core/errors.ts';
import type { FileEntry } from '../../lake/manifest.ts';
import { MissingObject } from '../../lake/missing-object.ts';
import { readFloors } from '../../lake/retention/floors.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';

/** Why a file that a batch names is not there: it was swept as it may be, or it is lost. */
export async function goneFile(
  store: ObjectStore,
  file: Pick<FileEntry, 'path' | 'tableId' | 'table'>,
  batch: number,
): Promise<TailraceError> {
  const floor = (await readFloors(store)).get(file.tableId) ?? 0;
  if (batch > floor) return new MissingObject(file.path);
  return new TailraceError(
    'LAKE_SWEPT',
    `the lake has rows of ${file.table} from batch ${floor + 1} on, and those of batch ${batch} were swept`,
    {
      hint: '`tailrace lake ls` shows how far back each table reaches.',
    },
  );
}
