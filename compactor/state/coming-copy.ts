import { qualifiedName } from '../../core/table.ts';
import { openRequests } from '../../lake/control.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { SnapshotLog } from '../../lake/snapshot-log.ts';
import type { Generation } from './generation.ts';

/**
 * Whether a copy of the table that is newer than this generation is requested, running or complete.
 * The open requests are read first: if one is answered in between, its copy is in the lake by then.
 */
export async function isCopyComing(store: ObjectStore, one: Generation): Promise<boolean> {
  const table = qualifiedName(one.schema, one.name);
  const requests = await openRequests(store, ['resync']);
  if (requests.some((request) => (request.tableId === null ? request.table === table : request.tableId === one.tableId))) return true;
  const copies = await new SnapshotLog(store).listed();
  return copies.some(({ tableId, generation }) => tableId === one.tableId && generation > one.generation);
}
