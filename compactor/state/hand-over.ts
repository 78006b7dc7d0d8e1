import { epochOf, oidOf } from '../../core/table.ts';
import type { ListedCopy } from '../../lake/snapshot-log.ts';
import { generationKey } from './generation.ts';
import type { Generation } from './generation.ts';
import { fillsLate } from './late-filler.ts';

/**
 * Which copies of the lake this warehouse should begin to load, and which of its own it should
 * abandon.
 */
export interface HandOver {
  readonly begin: readonly FoundCopy[];
  readonly abandon: readonly Generation[];
}

/** A copy, and the rebuild that its generation belongs to. */
export interface FoundCopy extends ListedCopy {
  readonly rebuild: number;
}

interface Place {
  readonly epoch: number;
  readonly generation: number;
}

/**
 * Per table of the source: begins its newest complete copy, and a newer one that is in progress,
 * unless the warehouse has one as new. A copy that was begun and is followed by another one will
 * never be complete. `rebuild`: that of the warehouse; a table that has begun again by itself has a
 * later one of its own.
 */
export function planHandOver(known: readonly Generation[], found: readonly ListedCopy[], rebuild: number): HandOver {
  const tables = Map.groupBy(found, ({ tableId }) => oidOf(tableId));
  const knownOf = Map.groupBy(known, (one) => one.oid);
  const rebuilds = new Map([...knownOf].map(([oid, lives]) => [oid, Math.max(rebuild, ...lives.map((one) => one.rebuild))]));
  const begin: FoundCopy[] = [];
  const hopeless = new Set<string>();
  for (const [oid, copies] of tables) {
    const own = rebuilds.get(oid) ?? rebuild;
    const sorted = copies.toSorted((one, other) => compare(place(one), place(other)));
    const newest = sorted.at(-1);
    const whole = sorted.findLast(({ done }) => done);
    const wanted = [...new Set([whole, newest])].filter((copy) => copy !== undefined);
    const lives = knownOf.get(oid) ?? [];
    // It takes one copy after the other by itself.
    if (lives.some((one) => fillsLate(one, lives))) continue;
    const mine = lives.filter((one) => one.rebuild === own);
    const newer = wanted.filter((copy) => mine.every((one) => compare(place(copy), { epoch: one.epoch, generation: one.generation }) > 0));
    begin.push(...newer.map((copy) => ({ ...copy, rebuild: own })));
    for (const copy of sorted) if (!copy.done && copy !== newest) hopeless.add(generationKey({ ...copy, rebuild: own }));
  }
  const abandon = known.filter((one) => one.state === 'copying' && hopeless.has(generationKey(one)));
  return { begin, abandon };
}

function place({ tableId, generation }: ListedCopy): Place {
  return { epoch: epochOf(tableId), generation };
}

function compare(one: Place, other: Place): number {
  return one.epoch - other.epoch || one.generation - other.generation;
}
