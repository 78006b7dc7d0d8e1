import { formatLsn } from '../core/lsn.ts';
import { historyViewName, historyViewOf, qualifiedName } from '../core/table.ts';
import type { ControlRequest } from '../lake/control.ts';
import { currentGenerations } from './state/current-generations.ts';
import type { Freeze, FrozenTable } from './state/freeze.ts';
import type { Front } from './state/front.ts';
import type { Generation } from './state/generation.ts';
import { version } from './storage/version.ts';
import type { Version } from './storage/version.ts';

export type FreezeRequest = ControlRequest & { kind: 'freeze' };

/** What a request freezes. */
interface FreezePlan {
  /** The storages to clone, in the order of the tables of `next`. */
  readonly sources: readonly string[];
  readonly next: Freeze;
}

/**
 * The freeze that a request asks for, of tables that stand at the front. `lease`: that of this
 * process. Another one that serves the same request has other names, so neither drops or fills the
 * clones of the other.
 */
export function planFreeze(
  request: FreezeRequest,
  { generations, front, lease }: { generations: readonly Generation[]; front: Front; lease: number },
): FreezePlan {
  const { appliedLsn, asOf, manifest, epoch } = front;
  const { frozen, leftOut } = chosen(request, generations, version(epoch, appliedLsn));
  const tables = frozen.map(({ table }, index): FrozenTable => {
    return { ...table, storage: `frozen_${lease}_${request.id.replace(/\W/g, '_')}_${index}` };
  });
  const point = { lsn: formatLsn(appliedLsn), asOf, manifest, version: String(version(epoch, appliedLsn)) };
  const next = { name: request.name, state: 'moving', request: request.id, ...point, tables, leftOut } as const;
  return { sources: frozen.map(({ source }) => source), next: request.held === undefined ? next : { ...next, held: request.held } };
}

/** A storage, and what its clone is. */
interface Chosen {
  readonly source: string;
  readonly table: Omit<FrozenTable, 'storage'>;
}

/**
 * The tables to clone, one for each name, and those that are not live. The history of a table comes
 * with it; its holder asks for that of a held freeze by name.
 */
function chosen(
  { tables: asked, held }: FreezeRequest,
  all: readonly Generation[],
  before: Version,
): { readonly frozen: Chosen[]; readonly leftOut: Freeze['leftOut'] } {
  // When two tables have one name, the one that was created later has it.
  const byName = new Map(
    currentGenerations(all)
      .toSorted((a, b) => a.oid - b.oid)
      .map((one) => [nameOf(one), one]),
  );
  const isAsked = (name: string): boolean => asked === null || asked.includes(name);
  const frozen: Chosen[] = [];
  const histories = new Map<string, string>();
  for (const [name, one] of byName) {
    const itsHistory = historyViewOf(name);
    const isWanted = isAsked(itsHistory) || (held === undefined && isAsked(name));
    const { state, history } = one;
    if (state === 'live' && isAsked(name)) frozen.push({ source: one.storage, table: ofTable(one) });
    // A table that is itself called so keeps its name.
    if (byName.has(itsHistory)) continue;
    if (state === 'live' && history !== undefined && isWanted) {
      const joining = String(firstJoining(history.storage, all) ?? before);
      frozen.push({ source: history.storage, table: ofHistory(one, { of: one.name, since: history.since, joining }) });
    }
    if (state !== 'live' || history === undefined) histories.set(itsHistory, state === 'live' ? 'not kept' : state);
  }
  const others = [...byName]
    .filter(([name, { state }]) => state !== 'live' && isAsked(name))
    .map(([table, { state }]) => ({ table, state }));
  const taken = new Set([...byName.keys(), ...frozen.map(({ table }) => qualifiedName(table.schema, table.name))]);
  const gone = (asked ?? []).filter((name) => !taken.has(name)).map((table) => ({ table, state: histories.get(table) ?? 'dropped' }));
  return { frozen, leftOut: [...others, ...gone] };
}

function ofTable(one: Generation): Chosen['table'] {
  const { schema, name, tableId, schemaHash, nullable = [], storage: generation, cleaned = 0 } = one;
  return { schema, name, tableId, schemaHash, nullable, generation, cleaned };
}

/** A new copy of the table joins the history, so that its generation counts too. */
function ofHistory({ schema, name, tableId, schemaHash, ...one }: Generation, history: FrozenTable['history']): Chosen['table'] {
  const generation = `${one.storage} ${one.history?.storage}`;
  return { schema, name: historyViewName(name), tableId, schemaHash, nullable: [], generation, history };
}

/** The least version of the copies that are to join a history; undefined: there is none. */
function firstJoining(storage: string, all: readonly Generation[]): Version | undefined {
  const copies = all.filter(({ state, history }) => state !== 'live' && state !== 'dropped' && history?.storage === storage);
  return copies.map((one) => version(one.epoch, one.consistentPoint)).toSorted((a, b) => (a < b ? -1 : 1))[0];
}

function nameOf({ schema, name }: Generation): string {
  return qualifiedName(schema, name);
}
