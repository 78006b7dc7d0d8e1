import { TailraceError } from '../../core/errors.ts';
import { formatLsn } from '../../core/lsn.ts';
import { qualifiedName } from '../../core/table.ts';
import type { TablePosition } from '../../lake/readers.ts';
import type { Generation } from './generation.ts';
import type { Front } from './front.ts';

/**
 * Generations (oldest first) → one row per table of the source, for people and other processes. A
 * table whose next generation is made is live while the one that is read moves. A stopped one has
 * the state of its replacement, and its own as-of.
 */
export function tablePositions(generations: readonly Generation[], front: Front): TablePosition[] {
  const names = new Map<string, TablePosition>();
  for (const lives of Map.groupBy(generations, (one) => one.oid).values()) {
    const position = tablePosition(lives, front);
    const other = names.get(position.table);
    // The name may have belonged to another table before; the one that exists has it.
    if (other === undefined || other.state === 'dropped' || position.state !== 'dropped') names.set(position.table, position);
  }
  return [...names.values()];
}

function tablePosition(lives: readonly Generation[], front: Front): TablePosition {
  const newest = lives.findLast((one) => one.state !== 'dropped') ?? lives.at(-1);
  if (newest === undefined) throw new TailraceError('INTERNAL', 'a table without generations');
  const read = lives.findLast((one) => one.visible && one.state !== 'dropped') ?? null;
  const shown = read !== null && read.state === 'live' && newest.state !== 'parked' ? read : newest;
  const since = read?.history?.since;
  const history = since === undefined ? {} : { historySince: since };
  return { ...common(qualifiedName(newest.schema, newest.name), shown), ...where(read, front), ...history };
}

function common(table: string, of: Generation): Omit<TablePosition, 'appliedLsn' | 'asOf'> {
  const { tableId, generation, state, identity, error } = of;
  return { table, tableId, generation, state, appendOnly: identity === 'append', error };
}

function where(read: Generation | null, front: Front): Pick<TablePosition, 'appliedLsn' | 'asOf'> {
  if (read === null) return { appliedLsn: null, asOf: null };
  const { appliedLsn, asOf } = read.state === 'live' ? front : read;
  return { appliedLsn: appliedLsn === null ? null : formatLsn(appliedLsn), asOf };
}
