import { epochOf, oidOf, tableId as tableIdOf } from '../../core/table.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { FloorFacts, TableFacts, TableSource } from './floors.ts';
import { pinMatches } from './pins.ts';
import type { Roots } from './roots.ts';
import type { TableFloor } from './sweep-look.ts';

/** What of the lake the floors go by, besides its roots. */
export interface LakeFacts {
  readonly log: ManifestLog;
  /** By the clock of the store. */
  readonly storeNowMs: number;
  /** Number of the newest manifest. */
  readonly newest: number;
  /** Floors of the last look. */
  readonly earlier: readonly TableFloor[];
  /** Tables that manifests name, by id. */
  readonly named: ReadonlyMap<string, string>;
  /** Tables that were dropped, by id: the manifest that says so. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** Collects what `planFloors` decides by. */
export async function floorFacts(roots: Roots, facts: LakeFacts): Promise<FloorFacts> {
  const names = new Map(facts.earlier.map(({ tableId, table }) => [tableId, table]));
  for (const { tableId, table } of [...roots.copies, ...roots.bases]) names.set(tableId, table);
  for (const [tableId, table] of facts.named) names.set(tableId, table);
  const floors = new Map(facts.earlier.map((floor) => [floor.tableId, floor.manifest]));
  const gathering = new Gathering(roots, facts, names);
  const tables: TableFacts[] = [];
  for (const [tableId, table] of [...names].toSorted(([one], [other]) => (one < other ? -1 : 1)))
    tables.push(await gathering.table(tableId, table, floors.get(tableId) ?? 0));
  const pins = roots.pins.map((pin) => ({ name: pin.name, manifest: pin.manifest, matches: (table: string) => pinMatches(pin, table) }));
  return { keepBases: roots.policy.keepBases, tables, readers: roots.readers, pins };
}

class Gathering {
  readonly #roots: Roots;
  readonly #facts: LakeFacts;
  /** Every table that something names, by id. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #sources: Map<string, TableSource[]>;
  /** By retention in ms. */
  readonly #aged = new Map<number, Promise<number>>();
  readonly #ends = new Map<number, Promise<number>>();

  constructor(roots: Roots, facts: LakeFacts, names: ReadonlyMap<string, string>) {
    this.#roots = roots;
    this.#names = names;
    this.#facts = facts;
    this.#sources = new Map();
    for (const { tableId, generation, manifest, done } of roots.copies)
      if (done) this.#add(tableId, { kind: 'copy', n: generation, generation, manifest });
    for (const { tableId, n, generation, manifest, counts } of roots.bases)
      if (counts) this.#add(tableId, { kind: 'base', n, generation, manifest });
  }

  async table(tableId: string, table: string, earlier: number): Promise<TableFacts> {
    const retentionMs = this.#roots.policy.retentionMs(table);
    const agedTo = retentionMs === null ? null : await this.#agedTo(retentionMs);
    const endedAt = await this.#endedAt(tableId, agedTo);
    return { tableId, table, sources: this.#sources.get(tableId) ?? [], endedAt, agedTo, earlier };
  }

  #add(tableId: string, source: TableSource): void {
    this.#sources.set(tableId, [...(this.#sources.get(tableId) ?? []), source]);
  }

  /** The newest manifest that is older than a time, by the clock of the store. */
  #agedTo(ms: number): Promise<number> {
    const known = this.#aged.get(ms) ?? this.#findAged(this.#facts.storeNowMs - ms);
    this.#aged.set(ms, known);
    return known;
  }

  async #findAged(beforeMs: number): Promise<number> {
    let [low, high] = [0, this.#facts.newest];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const at = await this.#facts.log.storedAt(middle);
      if (at !== null && at.getTime() <= beforeMs) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * A table was dropped, or lives in a newer epoch, or its epoch has ended long ago, and neither
   * the newest epoch nor a warehouse has it.
   */
  async #endedAt(tableId: string, agedTo: number | null): Promise<number | null> {
    const { dropped } = this.#facts;
    const [epoch, oid] = [epochOf(tableId), oidOf(tableId)];
    if (epoch >= this.#roots.epoch || Number.isNaN(epoch)) return dropped.get(tableId) ?? null;
    const continued = [...this.#sources.keys()].some((other) => oidOf(other) === oid && epochOf(other) > epoch);
    if (continued || (await this.#isGone(oid, agedTo))) return this.#lastOf(epoch);
    return dropped.get(tableId) ?? null;
  }

  async #isGone(oid: number, agedTo: number | null): Promise<boolean> {
    const { copies, readers, epoch } = this.#roots;
    // The newest epoch has the table, though nobody has begun to copy it.
    const next = tableIdOf(oid, epoch);
    if (this.#names.has(next) && !this.#facts.dropped.has(next)) return false;
    const present = copies.filter((copy) => epochOf(copy.tableId) === epoch);
    const newest = new Map(present.map((copy) => [copy.tableId, copy.done]));
    if (newest.size === 0 || [...newest.values()].includes(false)) return false;
    if (present.some((copy) => oidOf(copy.tableId) === oid)) return false;
    if (readers.some(({ tables }) => [...tables].some((tableId) => oidOf(tableId) === oid))) return false;
    return agedTo !== null && (await this.#lastOf(epoch - 1)) < agedTo;
  }

  /** The last manifest of an epoch and all before it. */
  #lastOf(epoch: number): Promise<number> {
    const known = this.#ends.get(epoch) ?? this.#findLast(epoch);
    this.#ends.set(epoch, known);
    return known;
  }

  async #findLast(epoch: number): Promise<number> {
    return (await this.#facts.log.firstNotBelow(this.#facts.newest, (manifest) => manifest.epoch <= epoch)) - 1;
  }
}
