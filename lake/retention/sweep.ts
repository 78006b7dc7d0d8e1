import { failpoint } from '../../core/failpoint.ts';
import { BaseLog } from '../bases/base-log.ts';
import { DATA_PREFIX } from '../keys.ts';
import type { ManifestLog } from '../manifest-log.ts';
import { SnapshotLog } from '../snapshot-log.ts';
import type { ListedObject, ObjectStore } from '../store/object-store.ts';
import { BaseNames } from './base-names.ts';
import { freeData } from './condemned-data.ts';
import { Deletions } from './deletions.ts';
import { floorFacts } from './floor-facts.ts';
import { planFloors } from './floors.ts';
import type { PlannedFloor } from './floors.ts';
import { scanLake } from './lake-scan.ts';
import type { LakeScan } from './lake-scan.ts';
import { NamedFiles } from './named-files.ts';
import { RootReading, expireSilent } from './roots.ts';
import type { Roots } from './roots.ts';
import { supersededObjects } from './superseded.ts';
import { lastLook, lastLookNumber, lastSignMs, putLook, readLook, storeNowMs } from './sweep-look.ts';
import type { Condemned, Size, StoredLook, SweepLook, TableFloor } from './sweep-look.ts';
import { DEFAULT_GRACE_MS, DEFAULT_POLICY, knownMs } from './sweep-policy.ts';
import type { SweepPolicy } from './sweep-policy.ts';

/** Named objects on one list at most; more go by the next list. */
const CONDEMNED_AT_MOST = 200_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What one turn did. */
export interface Swept {
  /** Keys that were deleted. */
  readonly removed: readonly string[];
  readonly bytes: number;
  /** The look that was stored; null: none was due, or another sweeper has stored it. */
  readonly look: SweepLook | null;
}

/** A look, and since when this process knows it, by a clock that never steps. */
interface KnownLook {
  readonly number: number;
  readonly sinceMs: number;
  readonly graceMs: number;
}

const NOTHING: Swept = { removed: [], bytes: 0, look: null };

/** What a look condemns. */
interface Listed {
  readonly condemned: Condemned;
  /** The list has no data of later batches: it was full. */
  readonly upTo: number;
  readonly listed: Size;
}

/** All that a turn goes by, read at one moment. */
interface Moment {
  readonly nowMs: number;
  readonly scan: LakeScan;
  readonly roots: Roots;
  readonly floors: ReadonlyMap<string, PlannedFloor>;
}

/**
 * Removes what nothing needs: phantoms, which a crashed writer left and nothing names, and named
 * objects below the floors of their tables.
 *
 * First they are put on a list, the *look*, and one grace later they are deleted if the same
 * judgement finds them again. A reader, a pin or a base that registers before a look is stored is
 * heard by every deletion on behalf of it. One that registers later reads the floors first and uses
 * nothing at or below them. So no order of the two loses an object.
 *
 * Looks are in the lake, so another process may do the next one. A lake that lacks any manifest
 * since the first one is left alone: the names in the missing one are not known.
 */
export class Sweeper {
  readonly #store: ObjectStore;
  readonly #log: ManifestLog;
  readonly #policy: SweepPolicy;
  readonly #deletesNamed: () => Promise<boolean>;
  readonly #roots: RootReading;
  readonly #baseNames: BaseNames;
  #known: KnownLook | null = null;

  /** `deletesNamed`: whether also named objects go; otherwise only phantoms do. */
  constructor(
    store: ObjectStore,
    log: ManifestLog,
    policy: SweepPolicy = DEFAULT_POLICY,
    { deletesNamed = false }: { readonly deletesNamed?: boolean | (() => Promise<boolean>) } = {},
  ) {
    this.#store = store;
    this.#log = log;
    this.#policy = policy;
    this.#deletesNamed = typeof deletesNamed === 'boolean' ? async () => deletesNamed : deletesNamed;
    const bases = new BaseLog(store);
    this.#baseNames = new BaseNames(store, bases);
    this.#roots = new RootReading({ store, log, copies: new SnapshotLog(store), bases, policy });
  }

  /**
   * One turn. It costs a listing until this process has known the last look for long enough, and a
   * few requests until a look is due, once per grace; that look lists the whole lake. `elapsedMs`:
   * by a clock of this process that never steps.
   */
  async sweep(elapsedMs: number): Promise<Swept> {
    const number = await lastLookNumber(this.#store);
    if (this.#known?.number === number && isNew(this.#known, elapsedMs)) return NOTHING;
    const last = await readLook(this.#store, number);
    if (last !== null && isNew(this.#know(last.look, elapsedMs), elapsedMs)) return NOTHING;
    const nowMs = await storeNowMs(this.#store);
    if (last !== null && nowMs - last.atMs < this.#graceMs(last.look)) return NOTHING;
    await expireSilent(this.#store, nowMs, this.#policy.readerTtlMs);
    const moment = await this.#look(nowMs, last?.look ?? null);
    if (moment === null) return NOTHING;
    const gone = new Deletions(this.#store, (last?.look.number ?? 0) + 1);
    // Before the next look is stored, so that a crash in between leaves this list to be done again.
    const sweptTo = await this.#carryOut(last?.look ?? null, moment, gone);
    const look = await this.#nextLook(last, moment, sweptTo, new Set(gone.keys));
    if (!(await putLook(this.#store, look))) return { removed: gone.keys, bytes: gone.bytes, look: null };
    failpoint('floor-put');
    const [removed, stopped] = [new Set(look.removed), new Set(look.unfinished)];
    await gone.takeAll(moment.scan.unnamed.filter(({ key }) => removed.has(key)));
    const brokenOff = moment.scan.unfinished.filter((name) => !stopped.has(name));
    for (const name of brokenOff) await this.#store.unfinished?.remove(name);
    return { removed: [...gone.keys, ...brokenOff], bytes: gone.bytes, look };
  }

  /**
   * The floors as they would be put at the time of the newest object, without any change of the
   * lake.
   */
  async plan(): Promise<{ floors: PlannedFloor[]; listed: Size } | null> {
    const last = await lastLook(this.#store);
    const moment = await this.#look(await lastSignMs(this.#store, this.#log), last?.look ?? null);
    if (moment === null) return null;
    const { listed } = await this.#condemn(moment, sweptBefore(last?.look ?? null, moment.scan));
    return { floors: [...moment.floors.values()], listed: sum(listed, sizeOf(moment.scan.unnamed)) };
  }

  /** A grace that was made shorter counts from the next look on: writers read it there. */
  #graceMs({ graceMs = DEFAULT_GRACE_MS }: SweepLook): number {
    return Math.max(this.#policy.graceMs, graceMs);
  }

  /** Since when this process knows a look. */
  #know(look: SweepLook, elapsedMs: number): KnownLook {
    if (this.#known?.number !== look.number) this.#known = { number: look.number, sinceMs: elapsedMs, graceMs: this.#graceMs(look) };
    return this.#known;
  }

  async #look(nowMs: number, last: SweepLook | null): Promise<Moment | null> {
    const { graceMs } = this.#policy;
    this.#baseNames.begin();
    const scan = await scanLake({ store: this.#store, log: this.#log, baseNames: this.#baseNames, graceMs, storeNowMs: nowMs }, last);
    if (scan === null) return null;
    const newest = scan.manifest.number;
    const roots = await this.#roots.read(newest);
    const earlier = last?.floors ?? [];
    const facts = { log: this.#log, storeNowMs: nowMs, newest, earlier, named: scan.tables, dropped: scan.dropped };
    const floors = planFloors(await floorFacts(roots, facts));
    return { nowMs, scan, roots, floors: new Map(floors.map((floor) => [floor.tableId, floor])) };
  }

  /** Deletes what the last look condemned and is free now. Returns how far each table is swept. */
  async #carryOut(last: SweepLook | null, { nowMs, scan, roots, floors }: Moment, gone: Deletions): Promise<Map<string, number>> {
    const swept = sweptBefore(last, scan);
    const condemned = last?.condemned;
    if (last === null || condemned === undefined || !scan.continues || !(await this.#deletesNamed())) return swept;
    const data = new NamedFiles(condemned.data);
    for await (const { files } of freeData(this.#log, heldAt(floors, last), swept)) {
      const listed = files.filter(({ path }) => data.has(path));
      if (!(await gone.take(listed.map(({ path, bytes }) => ({ key: path, bytes }))))) return swept;
    }
    const keys = new Set(condemned.keys);
    for await (const group of this.#superseded({ roots, floors, nowMs }))
      if (!(await gone.take(group.filter(({ key }) => keys.has(key))))) return swept;
    for (const { tableId, free } of heldAt(floors, last).values()) swept.set(tableId, Math.max(swept.get(tableId) ?? 0, free));
    return swept;
  }

  /** The list of named objects that may go one grace from now. */
  async #condemn({ nowMs, roots, floors }: Moment, swept: ReadonlyMap<string, number>): Promise<Listed> {
    const data = new NamedFiles();
    const keys: string[] = [];
    let [upTo, objects, bytes] = [Number.POSITIVE_INFINITY, 0, 0];
    for await (const { manifest, files } of freeData(this.#log, floors, swept)) {
      for (const file of files) {
        data.add(file.path);
        bytes += file.bytes;
      }
      objects += files.length;
      upTo = objects < CONDEMNED_AT_MOST ? Number.POSITIVE_INFINITY : manifest;
      if (objects >= CONDEMNED_AT_MOST) break;
    }
    for await (const group of this.#superseded({ roots, floors, nowMs })) {
      for (const object of group) {
        keys.push(object.key);
        bytes += object.bytes;
      }
      if (keys.length >= CONDEMNED_AT_MOST) break;
    }
    return { condemned: { data: data.toJSON(), keys }, upTo, listed: { objects: objects + keys.length, bytes } };
  }

  #superseded({ roots, floors, nowMs }: Pick<Moment, 'roots' | 'floors' | 'nowMs'>): AsyncGenerator<ListedObject[]> {
    return supersededObjects({ store: this.#store, baseNames: this.#baseNames, roots, floors, storeNowMs: nowMs });
  }

  async #nextLook(
    last: StoredLook | null,
    moment: Moment,
    swept: ReadonlyMap<string, number>,
    removed: ReadonlySet<string>,
  ): Promise<SweepLook> {
    const { scan, floors, nowMs } = moment;
    const { condemned, listed, upTo } = await this.#condemn(moment, swept);
    const [seen, stopped] = [new Set(last?.look.unnamed), new Set(last?.look.unfinished)];
    const found = scan.unnamed.filter(({ key }) => !removed.has(key));
    const isPhantom = ({ key }: ListedObject): boolean =>
      seen.has(key) && (isOutrun(last?.look ?? null, scan) || !key.startsWith(DATA_PREFIX));
    const unnamed = found.filter((object) => !isPhantom(object));
    return {
      number: (last?.look.number ?? 0) + 1,
      manifest: scan.manifest,
      named: scan.named.toJSON(),
      unnamed: unnamed.map(({ key }) => key),
      removed: found.filter(isPhantom).map(({ key }) => key),
      unfinished: scan.unfinished.filter((name) => !stopped.has(name)),
      graceMs: this.#policy.graceMs,
      floors: [...floors.values()].map((floor) => tableFloor(floor, swept.get(floor.tableId) ?? 0, upTo)),
      condemned,
      listed: sum(listed, sizeOf(unnamed)),
      dropped: Object.fromEntries(scan.dropped),
      size: scan.size,
      growthPerDay: growthPerDay(last, scan.size, nowMs),
    };
  }
}

/** Whether a process has known a look for too short a time to act on it. */
function isNew({ sinceMs, graceMs }: KnownLook, elapsedMs: number): boolean {
  return elapsedMs - sinceMs < knownMs(graceMs);
}

/**
 * Whether the log has grown since the look. A writer that had put a file by then names it, if ever,
 * by the number after the newest one of the look, or by a lower one. So a writer that is frozen
 * right before its put is FENCED, however long that takes.
 */
function isOutrun(last: SweepLook | null, { manifest, continues }: LakeScan): boolean {
  return last !== null && continues && manifest.number > last.manifest.number;
}

/** Floors of now, of what the look had on its list. */
function heldAt(floors: ReadonlyMap<string, PlannedFloor>, { floors: listed = [] }: SweepLook): Map<string, PlannedFloor> {
  const listedTo = new Map(listed.map((floor) => [floor.tableId, floor.listedTo]));
  return new Map([...floors].map(([tableId, floor]) => [tableId, { ...floor, free: Math.min(floor.free, listedTo.get(tableId) ?? 0) }]));
}

/** How far each table was swept before; a table that the look did not know has no older data. */
function sweptBefore(last: SweepLook | null, { continues, tables }: LakeScan): Map<string, number> {
  if (last === null || !continues) return new Map();
  const swept = new Map([...tables.keys()].map((tableId) => [tableId, last.manifest.number]));
  for (const { tableId, sweptTo } of last.floors ?? []) swept.set(tableId, sweptTo);
  return swept;
}

function tableFloor({ tableId, table, manifest, heldBy, free, whole }: PlannedFloor, sweptTo: number, upTo: number): TableFloor {
  const listedTo = Math.max(sweptTo, Math.min(free, upTo));
  return { tableId, table, manifest, heldBy, sweptTo, listedTo, ...(whole ? { whole } : {}) };
}

function growthPerDay(last: StoredLook | null, size: Size, nowMs: number): number | null {
  const before = last?.look.size;
  return last === null || before === undefined || nowMs <= last.atMs ? null : ((size.bytes - before.bytes) * DAY_MS) / (nowMs - last.atMs);
}

function sizeOf(objects: readonly ListedObject[]): Size {
  return { objects: objects.length, bytes: objects.reduce((total, { bytes }) => total + bytes, 0) };
}

function sum(one: Size, other: Size): Size {
  return { objects: one.objects + other.objects, bytes: one.bytes + other.bytes };
}
