import type { Identity } from '../../core/table.ts';

/** The replica identity of one relation. */
export interface RelationIdentity {
  /** `relreplident`: d default, n nothing, f full, i index. */
  readonly identity: string;
  /**
   * Columns of the identity index in order (for d and f, the columns of the primary key); empty
   * when no usable one exists.
   */
  readonly key: readonly { readonly attnum: number; readonly name: string }[];
}

/** A table and the identities of its partitions. */
export interface IdentifiedTable extends RelationIdentity {
  readonly deferrableKey: boolean;
  readonly columns: readonly { readonly attnum: number; readonly replicated: boolean; readonly generated: string }[];
  readonly partitions: readonly (RelationIdentity & { readonly schema: string; readonly name: string; readonly kind: string })[];
}

/** How rows of a table are told apart, by which attnums, and why, in words. */
export interface ChosenIdentity {
  readonly identity: Identity;
  readonly key: readonly number[];
  readonly reason: string;
}

/**
 * Chooses an identity that never makes the application's updates and deletes fail, and with which a
 * published delete always has the whole key. Postgres checks the identity of the written partition,
 * not of its root, and sends the partition's old key.
 */
export function chooseIdentity(table: IdentifiedTable): ChosenIdentity {
  const partitions = table.partitions.filter(({ kind }) => kind === 'r');
  if (table.identity === 'n') return append('REPLICA IDENTITY NOTHING');
  const full = table.identity === 'f';
  // Since 18, FULL requires every column, and a virtual column is never sent
  // (CheckCmdReplicaIdentity in execReplication.c).
  if (table.columns.some(({ generated }) => generated === 'v')) {
    const whole = full ? table : partitions.find(({ identity }) => identity === 'f');
    if (whole !== undefined) return append('REPLICA IDENTITY FULL of a table with a virtual column');
  }
  const hidden = table.key.some(({ attnum }) => !table.columns.some((column) => column.attnum === attnum && column.replicated));
  if (table.key.length > 0 && !hidden) {
    const other = partitions.find((partition) => !tellsKey(partition, table, full));
    if (other !== undefined) return append(`partition ${other.schema}.${other.name} has a different replica identity`);
    return { identity: 'key', key: table.key.map(({ attnum }) => attnum), reason: keyReason(table.identity) };
  }
  if (full) {
    const other = partitions.find(({ identity }) => identity !== 'f');
    if (other !== undefined) return append(`partition ${other.schema}.${other.name} is not REPLICA IDENTITY FULL`);
    return { identity: 'full', key: [], reason: 'REPLICA IDENTITY FULL without a primary key' };
  }
  if (hidden) return append('the key has a generated column that is not published');
  if (table.deferrableKey) return append('the primary key is deferrable');
  return append(table.identity === 'i' ? 'the identity index was dropped, or its NOT NULL is NOT VALID' : 'no primary key');
}

function append(reason: string): ChosenIdentity {
  return { identity: 'append', key: [], reason };
}

function keyReason(identity: string): string {
  return identity === 'i' ? 'identity index' : 'primary key';
}

/** Does a change in the partition carry every key column of the root, in any order? */
export function tellsKey(partition: RelationIdentity, root: RelationIdentity, full: boolean): boolean {
  if (partition.identity === 'f') return true;
  if (full || partition.identity === 'n') return false;
  const names = new Set(partition.key.map(({ name }) => name));
  return names.size > 0 && root.key.every(({ name }) => names.has(name));
}
