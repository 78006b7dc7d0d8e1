import type { BaseLog } from '../bases/base-log.ts';
import { counts } from '../bases/counts.ts';
import type { ProofPolicy } from '../bases/counts.ts';
import { isInHistory } from '../bases/newest-base.ts';
import { readEpochs } from '../epoch.ts';
import { positionKey } from '../keys.ts';
import type { ManifestLog } from '../manifest-log.ts';
import { getReaders, newestExpiry, putExpired } from '../readers.ts';
import type { Position, TablePosition } from '../readers.ts';
import type { SnapshotLog, SnapshotPlan } from '../snapshot-log.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { lastBelowCopy } from './copy-point.ts';
import type { ReaderFacts } from './floors.ts';
import { KnownManifests } from './known-manifests.ts';
import { readPins } from './pins.ts';
import type { Pin } from './pins.ts';
import { strictest } from './sweep-policy.ts';
import type { SweepPolicy } from './sweep-policy.ts';

/** A copy that was begun. */
export interface RootCopy {
  readonly tableId: string;
  readonly generation: number;
  readonly table: string;
  readonly done: boolean;
  /** The last manifest that it makes needless. */
  readonly manifest: number;
}

/** A base that was begun. */
export interface RootBase {
  readonly tableId: string;
  readonly n: number;
  readonly table: string;
  readonly generation: number;
  readonly done: boolean;
  /** A reader may begin with it. */
  readonly counts: boolean;
  readonly manifest: number;
}

/** A warehouse that is waited for. */
interface RootReader extends ReaderFacts {
  /** What it is loading, as `copyText` and `baseText` have it. */
  readonly loads: ReadonlySet<string>;
  /** Ids of tables that it has, whether it needs anything of them or not. */
  readonly tables: ReadonlySet<string>;
}

/** All that may hold objects of the lake. */
export interface Roots {
  readonly copies: readonly RootCopy[];
  readonly bases: readonly RootBase[];
  readonly readers: readonly RootReader[];
  readonly pins: readonly Pin[];
  /** Number of the newest epoch; 0: none. */
  readonly epoch: number;
  /** What stays, as the sweeper and all readers ask for it. */
  readonly policy: SweepPolicy;
}

export interface RootOptions {
  readonly store: ObjectStore;
  readonly log: ManifestLog;
  readonly copies: SnapshotLog;
  readonly bases: BaseLog;
  /** What the sweeper itself keeps. */
  readonly policy: SweepPolicy;
}

export function copyText({ tableId, generation }: { readonly tableId: string; readonly generation: number }): string {
  return `copy ${tableId}/${generation}`;
}

export function baseText({ tableId, n }: { readonly tableId: string; readonly n: number }): string {
  return `base ${tableId}/${n}`;
}

/** Reads roots repeatedly. What never changes is read once. */
export class RootReading {
  readonly #options: RootOptions;
  /** By copy: its point, once the log has passed it. */
  readonly #points = new Map<string, number>();

  constructor(options: RootOptions) {
    this.#options = options;
  }

  /** `newest`: number of the newest manifest. */
  async read(newest: number): Promise<Roots> {
    const { store } = this.#options;
    // Readers and pins first: one that comes later finds the floors.
    const pins = await readPins(store);
    const positions = await waitedFor(store);
    const manifests = new KnownManifests(this.#options.log);
    const copies = await this.#copies(newest, manifests);
    const policy = strictest(
      this.#options.policy,
      positions.flatMap(({ keeps = [] }) => keeps),
    );
    const bases = await this.#bases(policy.baseProof, manifests);
    const epochs = await readEpochs(store);
    const readers = positions.map((position) => readerOf(position, copies));
    return { copies, bases, readers, pins, epoch: epochs.at(-1)?.epoch ?? 0, policy };
  }

  async #copies(newest: number, manifests: KnownManifests): Promise<RootCopy[]> {
    const { copies } = this.#options;
    const found: RootCopy[] = [];
    for (const { tableId, generation, done } of await copies.listed()) {
      const plan = await copies.plan({ tableId, generation });
      if (plan === null) continue;
      found.push({ tableId, generation, table: plan.table, done, manifest: await this.#point(plan, newest, manifests) });
    }
    return found;
  }

  async #point(plan: SnapshotPlan, newest: number, manifests: KnownManifests): Promise<number> {
    const known = this.#points.get(copyText(plan));
    if (known !== undefined) return known;
    const point = await lastBelowCopy(manifests, plan, newest);
    if (point < newest) this.#points.set(copyText(plan), point);
    return point;
  }

  async #bases(proof: ProofPolicy, manifests: KnownManifests): Promise<RootBase[]> {
    const { bases } = this.#options;
    const found: RootBase[] = [];
    for (const { tableId, n, done } of await bases.listed()) {
      const plan = await bases.plan({ tableId, n });
      if (plan === null) continue;
      const { table, generation, manifest } = plan;
      const base = done ? await bases.read({ tableId, n }) : null;
      const usable = base !== null && counts(base, proof) && (await isInHistory(manifests, plan));
      found.push({ tableId, n, table, generation, manifest, done: base !== null, counts: usable });
    }
    return found;
  }
}

/**
 * Expires warehouses without news for too long. `storeNowMs`: by the clock of the store. Returns
 * their ids.
 */
export async function expireSilent(store: ObjectStore, storeNowMs: number, ttlMs: number): Promise<string[]> {
  const expired: string[] = [];
  for (const { warehouseId, expiries = 0 } of await getReaders(store)) {
    const facts = await store.head(positionKey(warehouseId));
    if (facts === null || storeNowMs - facts.modified.getTime() <= ttlMs) continue;
    if ((await newestExpiry(store, warehouseId, expiries)) > expiries) continue;
    if (await putExpired(store, warehouseId, expiries + 1)) expired.push(warehouseId);
  }
  return expired;
}

/** Positions of warehouses that are not expired. */
async function waitedFor(store: ObjectStore): Promise<Position[]> {
  const positions: Position[] = [];
  for (const position of await getReaders(store)) {
    const { warehouseId, expiries = 0 } = position;
    if ((await newestExpiry(store, warehouseId, expiries)) === expiries) positions.push(position);
  }
  return positions;
}

function readerOf(position: Position, copies: readonly RootCopy[]): RootReader {
  const needs = new Map<string, number>();
  const loads = new Set<string>();
  for (const one of position.tables) {
    const need = needOf(position, one, copies);
    if (need === null) continue;
    needs.set(one.tableId, need.manifest);
    if (need.loads !== null) loads.add(need.loads);
  }
  const tables = new Set(position.tables.filter(({ state }) => state !== 'dropped').map(({ tableId }) => tableId));
  return { id: position.warehouseId, needs, loads, tables };
}

/** null: nothing. An older version does not say what it needs. */
function needOf(
  position: Position,
  { tableId, generation, state, needs }: TablePosition,
  copies: readonly RootCopy[],
): { manifest: number; loads: string | null } | null {
  if (needs === null) return null;
  if (needs !== undefined) {
    const { manifest, source } = needs;
    if (source === null) return { manifest, loads: null };
    return { manifest, loads: 'copy' in source ? copyText({ tableId, generation: source.copy }) : baseText({ tableId, n: source.base }) };
  }
  if (state === 'dropped' || state === 'parked') return null;
  if (state === 'live') return { manifest: position.manifest, loads: null };
  const copy = copies.find((one) => one.tableId === tableId && one.generation === generation);
  return { manifest: Math.min(position.manifest, copy?.manifest ?? 0), loads: copyText({ tableId, generation }) };
}
