import { parseLsn } from '../../core/lsn.ts';
import { qualifiedName } from '../../core/table.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import type { Generation } from '../state/generation.ts';
import type { BaseTable } from './base-source.ts';
import type { BasePoint } from './base-writer.ts';

/** A live generation as the table of a base. */
export function baseTableOf(one: Generation): BaseTable {
  const { tableId, identity, epoch, generation, storage } = one;
  return { tableId, table: qualifiedName(one.schema, one.name), schema: one.schemaHash, identity, epoch, generation, storage };
}

/**
 * Where a live table stands at the end of a manifest. Its last commit decides, and not its end: a
 * failover may begin again below that end, and what it commits there comes later. null: no commit
 * is known at or above the last point of the copy. A base would stand at that point too, and could
 * not be told from the copy. null also where the epoch of the table has ended: the manifest is of
 * another one, so the base would never count.
 */
export function basePointOf(
  { number, hash, anchor, epoch, to }: Pick<StoredManifest, 'number' | 'hash' | 'anchor' | 'epoch' | 'to'>,
  { consistentPoint, lastPoint = consistentPoint, ...table }: Pick<Generation, 'consistentPoint' | 'epoch' | 'lastPoint'>,
): BasePoint | null {
  if (anchor === null || epoch !== table.epoch) return null;
  const end = anchor === undefined ? parseLsn(to) : parseLsn(anchor.lsn) + 1n;
  return end > lastPoint ? { manifest: number, hash, lsn: end } : null;
}
