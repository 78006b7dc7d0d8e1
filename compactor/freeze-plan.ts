import { formatLsn } from '../core/lsn.ts';
import { qualifiedName } from '../core/table.ts';
import type { ControlRequest } from '../lake/control.ts';
import { currentGenerations } from './state/current-generations.ts';
import type { Freeze, FrozenTable } from './state/freeze.ts';
import type { Front } from './state/front.ts';
import type { Generation } from './state/generation.ts';
import { version } from './storage/version.ts';

export type FreezeRequest = ControlRequest & { kind: 'freeze' };

/** What a request freezes. */
interface FreezePlan {
  /** The generations to clone, in the order of the tables of `next`. */
  readonly wanted: readonly Generation[];
  readonly next: Freeze;
}

/** The freeze that a request asks for, of tables that stand at the front. */
export function planFreeze(request: FreezeRequest, generations: readonly Generation[], front: Front): FreezePlan {
  const { wanted, leftOut } = chosen(generations, request.tables);
  const tables = wanted.map((one, index): FrozenTable => {
    const { schema, name, tableId, schemaHash, nullable = [], storage: generation, cleaned = 0 } = one;
    const storage = `frozen_${request.id.replace(/\W/g, '_')}_${index}`;
    return { schema, name, tableId, schemaHash, nullable, storage, generation, cleaned };
  });
  const { appliedLsn, asOf, manifest, epoch } = front;
  const point = { lsn: formatLsn(appliedLsn), asOf, manifest, version: String(version(epoch, appliedLsn)) };
  const next = { name: request.name, state: 'moving', request: request.id, ...point, tables, leftOut } as const;
  return { wanted, next: request.held === undefined ? next : { ...next, held: request.held } };
}

/**
 * The tables to clone, one for each name, and those that are not live. `asked`: their names; null:
 * all.
 */
function chosen(
  generations: readonly Generation[],
  asked: readonly string[] | null,
): { readonly wanted: Generation[]; readonly leftOut: Freeze['leftOut'] } {
  const current = currentGenerations(generations).filter((one) => asked === null || asked.includes(nameOf(one)));
  // When two tables have one name, the one that was created later has it.
  const byName = new Map(current.toSorted((a, b) => a.oid - b.oid).map((one) => [nameOf(one), one]));
  const wanted = [...byName.values()].filter(({ state }) => state === 'live');
  const others = [...byName.values()].filter(({ state }) => state !== 'live');
  const gone = (asked ?? []).filter((name) => !byName.has(name));
  return {
    wanted,
    leftOut: [...others.map((one) => ({ table: nameOf(one), state: one.state })), ...gone.map((table) => ({ table, state: 'dropped' }))],
  };
}

function nameOf({ schema, name }: Generation): string {
  return qualifiedName(schema, name);
}
