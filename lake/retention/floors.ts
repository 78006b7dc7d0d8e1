import type { ObjectStore } from '../store/object-store.ts';
import { lastLook } from './sweep-look.ts';
import type { TableFloor } from './sweep-look.ts';

/**
 * What a warehouse can begin a table with: a finished copy, or a base that counts. It needs all
 * batches after `manifest`.
 */
export interface TableSource {
  readonly kind: 'copy' | 'base';
  /** Number of the copy or of the base. */
  readonly n: number;
  /** The copy that a base continues, or the number of the copy itself. */
  readonly generation: number;
  /** The last manifest that it makes needless; 0: none. */
  readonly manifest: number;
}

/** What is known of one table, at one moment. */
export interface TableFacts {
  readonly tableId: string;
  /** `schema.table` */
  readonly table: string;
  readonly sources: readonly TableSource[];
  /**
   * The last manifest that can concern it: it was dropped there, or its epoch has ended there and
   * every table of it lives in a newer one. null: it goes on.
   */
  readonly endedAt: number | null;
  /** The newest manifest that is older than the retention; null: all are kept for ever. */
  readonly agedTo: number | null;
  /** Its floor in the last look; a floor never sinks. */
  readonly earlier: number;
}

/** What one warehouse still needs. */
export interface ReaderFacts {
  readonly id: string;
  /** By table: the last manifest that it needs no longer. A table that is absent holds nothing. */
  readonly needs: ReadonlyMap<string, number>;
}

/** A pin keeps the tables that match as they were at a manifest, and all that came later. */
interface PinFacts {
  readonly name: string;
  readonly manifest: number;
  readonly matches: (table: string) => boolean;
}

export interface FloorFacts {
  /** How many copies and bases stay, at least one. */
  readonly keepBases: number;
  readonly tables: readonly TableFacts[];
  readonly readers: readonly ReaderFacts[];
  readonly pins: readonly PinFacts[];
}

/** How far the data of a table may go. */
export interface Floor {
  readonly tableId: string;
  readonly table: string;
  /** Data of batches up to this one may be gone. */
  readonly manifest: number;
  /**
   * What holds it: `reader <id>`, `pin <name>`, `no proven base`, the same with what helps, or one
   * of `EXPECTED_HOLDS`.
   */
  readonly heldBy: string;
}

/** A floor, with what may be deleted now. */
export interface PlannedFloor extends Floor {
  /** As `manifest`, without regard to earlier floors: a pin may have come that holds more. */
  readonly free: number;
  /** The table has ended, and nothing needs any object of it. */
  readonly whole: boolean;
}

/** What holds the floor of a table where nothing is wrong and nobody has asked for more. */
export const EXPECTED_HOLDS: ReadonlySet<string> = new Set(['retention', 'retention for ever', 'kept bases', 'its end']);

interface Hold {
  readonly manifest: number;
  readonly by: string;
}

/** The floor of each table: the least of all that holds it, never below an earlier one. Pure. */
export function planFloors({ keepBases, tables, readers, pins }: FloorFacts): PlannedFloor[] {
  return tables.map((table) => {
    const sources = usable(table.sources);
    // The first of equal ones is named. The retention holds by itself if there are later bases.
    const [age, base] = [ageHold(table, sources), baseHold(table, sources, keepBases)];
    const isYoung = table.agedTo === null || sources.some(({ manifest }) => manifest > (table.agedTo ?? 0));
    const holds = [...(isYoung ? [age, base] : [base, age]), ...readerHolds(table, readers), ...pinHolds(table, sources, pins)];
    const least = holds.reduce((one, other) => (other.manifest < one.manifest ? other : one));
    const { tableId, table: name, endedAt, agedTo, earlier } = table;
    // A pin at its end still needs a base from which that moment is restored.
    const pinned = pins.some(({ matches }) => matches(name));
    const whole = endedAt !== null && agedTo !== null && agedTo >= endedAt && !pinned && least.manifest >= endedAt;
    // Above its end, so that a base at its end is below it, too.
    const manifest = Math.max(earlier, whole ? least.manifest + 1 : least.manifest);
    return { tableId, table: name, manifest, heldBy: least.by, free: least.manifest, whole };
  });
}

/**
 * Copies and bases with which a reader would begin, in the order of their manifests. A reader
 * begins with the newest copy or a base of it, so a base of an earlier copy is of no use beyond
 * the point of a later one.
 */
export function usable(sources: readonly TableSource[]): TableSource[] {
  const copies = sources.filter(({ kind }) => kind === 'copy');
  return sources
    .filter((one) => copies.every((copy) => copy.generation <= one.generation || one.manifest <= copy.manifest))
    .toSorted((one, other) => one.manifest - other.manifest || one.generation - other.generation);
}

/** Whether a copy or base has become useless: batches after it are gone, or may go. */
export function isSuperseded(of: { readonly manifest: number }, { free, whole }: Pick<PlannedFloor, 'free' | 'whole'>): boolean {
  return whole || of.manifest < free;
}

function readerHolds({ tableId }: TableFacts, readers: readonly ReaderFacts[]): Hold[] {
  return readers.flatMap(({ id, needs }) => {
    const manifest = needs.get(tableId);
    return manifest === undefined ? [] : [{ manifest, by: `reader ${id}` }];
  });
}

/** A moment can be restored from the newest copy or base before it. */
function pinHolds({ table }: TableFacts, sources: readonly TableSource[], pins: readonly PinFacts[]): Hold[] {
  return pins
    .filter(({ matches }) => matches(table))
    .map(({ name, manifest }) => ({ manifest: newestUpTo(sources, manifest), by: `pin ${name}` }));
}

/** Bases that counted without a proof have freed all that a proof could begin with. */
const UNPROVABLE = 'no proven base: run `tailrace verify`';

function baseHold({ endedAt, earlier }: TableFacts, sources: readonly TableSource[], keepBases: number): Hold {
  if (endedAt !== null) return { manifest: endedAt, by: 'its end' };
  const kept = sources.at(-Math.max(1, keepBases));
  if ((sources.at(-1)?.manifest ?? 0) < earlier) return { manifest: kept?.manifest ?? 0, by: UNPROVABLE };
  return kept === undefined ? { manifest: 0, by: 'no proven base' } : { manifest: kept.manifest, by: 'kept bases' };
}

function ageHold({ agedTo, endedAt }: TableFacts, sources: readonly TableSource[]): Hold {
  if (agedTo === null) return { manifest: 0, by: 'retention for ever' };
  if (endedAt !== null && agedTo >= endedAt) return { manifest: endedAt, by: 'its end' };
  return { manifest: newestUpTo(sources, agedTo), by: 'retention' };
}

function newestUpTo(sources: readonly TableSource[], manifest: number): number {
  return sources.findLast((source) => source.manifest <= manifest)?.manifest ?? 0;
}

/**
 * The floor of each table that has one, by table id. A named object that is missing at or below it
 * was swept; above it, the lake is damaged.
 */
export async function readFloors(store: ObjectStore): Promise<Map<string, number>> {
  return new Map([...(await readTableFloors(store))].map(([tableId, { manifest }]) => [tableId, manifest]));
}

/** The same with all that the last look says of each table. */
export async function readTableFloors(store: ObjectStore): Promise<Map<string, TableFloor>> {
  const floors = (await lastLook(store))?.look.floors ?? [];
  return new Map(floors.map((floor) => [floor.tableId, floor]));
}
