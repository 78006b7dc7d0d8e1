import { randomBytes } from 'node:crypto';
import { TailraceError } from '../core/errors.ts';
import { tableHistory } from '../core/sections/table-history.ts';
import type { HistoryWish } from '../core/sections/table-history.ts';
import type { LakeReading } from '../core/sections/lake-reading.ts';
import { abortableSleep } from '../core/loop.ts';
import type { Log } from '../core/log.ts';
import { readLake } from '../lake/lake-identity.ts';
import type { LakeInfo } from '../lake/lake-identity.ts';
import { BaseLog } from '../lake/bases/base-log.ts';
import type { ProofPolicy } from '../lake/bases/counts.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { leaseHeld, lostToAnother, releaseLease, takeLease } from '../lake/readers.ts';
import type { KeepWish } from '../lake/readers.ts';
import { SameLake } from '../lake/same-lake.ts';
import { DEFAULT_POLICY } from '../lake/retention/sweep-policy.ts';
import type { SweepPolicy } from '../lake/retention/sweep-policy.ts';
import { SchemaStore } from '../lake/schema-store.ts';
import type { Engine } from '../warehouse/engine.ts';
import { requirePolicy } from '../warehouse/place.ts';
import { historyWish } from './history/history-wish.ts';
import { FencedEngine } from './lease/fenced-engine.ts';
import { LakeAccess } from './step/lake-access.ts';
import { LakeSource } from './step/lake-source.ts';
import { RecentlyApplied } from './state/recently-applied.ts';
import { TableChanges } from './state/table-changes.ts';
import { RetiredStorages } from './storage/retired-storages.ts';
import { fenceSql, takeOver } from './lease/server-lease.ts';
import { leaseInTurn } from './lease/stand-by.ts';
import type { StandByPace } from './lease/stand-by.ts';
import { PositionFile } from './position-file.ts';
import { settleShards } from './settle-shards.ts';
import { settleStorage } from './settle-storage.ts';
import type { Migration } from './state/storage-version.ts';
import { WarehouseState } from './state/warehouse-state.ts';
import type { BaseRules, ProgressEvent, CompactorContext } from './context.ts';

/** How much is applied at a time; a step is one block in the engine's memory. */
interface CompactorLimits {
  readonly stepRows: number;
  readonly stepBytes: number;
}

export interface CompactorOptions {
  readonly store: ObjectStore;
  readonly engine: Engine;
  readonly warehouseId?: string | undefined;
  /** How the engine reads a lake on S3. Default: with the keys of this process. */
  readonly lakeReading?: LakeReading;
  /** It writes nothing to the lake. Only for a directory. Default: false. */
  readonly readsOnly?: boolean;
  /** Storage policy of new storages. Default: the engine's. */
  readonly storagePolicy?: string | undefined;
  /** What a base needs before the warehouse begins with it. Default: a proof by another rebuild. */
  readonly baseProof?: ProofPolicy;
  /** When it writes bases. Default: on request. */
  readonly baseRules?: BaseRules;
  /** What stays in the lake, and for how long. Default: as without a configuration. */
  readonly sweepPolicy?: SweepPolicy;
  /** The same, as other sweepers of the lake read it. Default: nothing is asked of them. */
  readonly keeps?: KeepWish;
  /** Which tables have a history. Default: none. */
  readonly history?: HistoryWish;
  readonly limits: CompactorLimits;
  /** Tables of one window that are applied at the same time. Default 1. */
  readonly parallel?: number;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Receives the id of the lake that the warehouse is made from. */
  readonly onLake?: ((id: string) => Promise<void>) | undefined;
  /** What this process had of the warehouse when it opened it before. */
  readonly held?: Holding;
  /**
   * For a server on which another compactor works: how this one waits for it. Without it the
   * server is taken at once.
   */
  readonly standBy?: StandByPace;
  /** Writes position.json; its owner ends the renewals. */
  readonly positionFile?: PositionFile;
  /** Called when this process waits for another compactor of its server. */
  readonly onStandBy?: (() => void) | undefined;
  /** Called when this process has become the one that writes to the warehouse. */
  readonly onOwned?: (() => void) | undefined;
  /** Versions of the storage. Default: those of this program. */
  readonly migrations?: readonly Migration[] | undefined;
  readonly events?: ((event: ProgressEvent) => void) | undefined;
  /**
   * Registers a function to call when a batch was published. Without it, an idle lake that cannot
   * be watched is checked rarely.
   */
  readonly onPublished?: ((called: () => void) => void) | undefined;
  /**
   * Registers a function to call when a request was put. Without it, requests in a lake that cannot
   * be watched are found every few seconds.
   */
  readonly onAsked?: ((called: () => void) => void) | undefined;
  /** Called after each change of position.json, for processes that follow it. */
  readonly onMoved?: (() => void) | undefined;
}

/** The list of names must fit into a statement. */
const STEP_FILES = 1_000;
const WINDOW = { manifests: 1_000, steps: 4 };
const LAKE_POLL_MS = 500;

/**
 * Opens what the compactor works with; null when it was told to stop while it waited for a lake or
 * for another compactor.
 */
export async function openContext(options: CompactorOptions): Promise<{ context: CompactorContext; warehouseId: string } | null> {
  const { store, limits, log, positionFile = new PositionFile(options.store, log) } = options;
  const { migrations } = options;
  await options.engine.settle?.();
  const first = await WarehouseState.open(options.engine, () => Promise.resolve(), { migrations });
  // Before any other fact, since a warehouse with facts is no longer new.
  if (first.facts.size === 0) await settleStorage({ engine: options.engine, state: first, log });
  const home = await findHome(options, first);
  if (home === null) return null;
  await options.onLake?.((await home.require()).id);
  const warehouseId = options.warehouseId ?? first.fact('warehouseId') ?? randomBytes(8).toString('hex');
  if (first.fact('warehouseId') !== warehouseId) await first.saveFact('warehouseId', warehouseId);
  const owned = options.engine.traits.ownsDirectory
    ? { ...UNCONTESTED, engine: options.engine, state: first }
    : await ownServer({ ...options, positionFile }, warehouseId);
  if (owned === null) return null;
  options.onOwned?.();
  const { engine, state, lease, fence } = owned;
  await requirePolicy(engine, options.storagePolicy ?? null);
  await settleStorage({ engine, state, log });
  await settleShards({ engine, state, store }, warehouseId);
  const access = await LakeAccess.open({ engine, store, reading: options.lakeReading ?? { way: 'keys' } });
  const source = new LakeSource({ store, engine, access, lease });
  const readsOnly = options.readsOnly ?? false;
  // The proof is an object in the lake.
  if (!readsOnly) await source.prove(options.held?.readLake ?? false);
  if (options.held !== undefined) options.held.readLake = true;
  const context: CompactorContext = {
    storagePolicy: options.storagePolicy ?? null,
    store,
    home,
    engine,
    state,
    manifests: new ManifestLog(store, log),
    bases: new BaseLog(store),
    until: null,
    baseProof: options.baseProof ?? 'rebuild',
    baseRules: options.baseRules ?? { intervalMs: null, program: '' },
    sweepPolicy: options.sweepPolicy ?? DEFAULT_POLICY,
    keeps: options.keeps ?? null,
    schemas: new SchemaStore(store),
    history: historyWish(engine, options.history ?? tableHistory([])),
    lake: source,
    retired: new RetiredStorages(),
    recent: new RecentlyApplied(),
    positionFile,
    changes: new TableChanges(state.facts),
    log,
    readsOnly,
    lease,
    fence,
    parallel: options.parallel ?? 1,
    steps: { rows: limits.stepRows, bytes: limits.stepBytes, files: STEP_FILES },
    window: { manifests: WINDOW.manifests, rows: limits.stepRows * WINDOW.steps, bytes: limits.stepBytes * WINDOW.steps },
    progress: options.events ?? (() => undefined),
    moved: options.onMoved ?? (() => undefined),
  };
  return { context, warehouseId };
}

/** A directory has the engine's lock. */
const UNCONTESTED = { lease: 0, fence: null };

type Owned = Pick<CompactorContext, 'engine' | 'state' | 'lease' | 'fence'>;

/**
 * A server has no lock, so the compactor with the newest lease owns it. The state is read once no
 * other compactor can write. null: it was told to stop while it stood by. WAREHOUSE_TAKEN when this
 * process owned the server before and another one has taken over since: it does not take it back.
 */
async function ownServer(options: CompactorOptions & { readonly positionFile: PositionFile }, warehouseId: string): Promise<Owned | null> {
  const { store, engine: server, held = newHolding(), standBy, log, signal } = options;
  if (held.lease > 0 && (await lostToAnother(store, warehouseId, { after: held.lease, by: held.by })))
    throw new TailraceError('WAREHOUSE_TAKEN', `another compactor took a lease after lease ${held.lease}`);
  const lease =
    held.lease > 0 || standBy === undefined
      ? await takeLease(store, warehouseId, held.by)
      : await leaseInTurn({
          store,
          warehouseId,
          by: held.by,
          pace: standBy,
          log,
          signal,
          onStandBy: options.onStandBy ?? (() => undefined),
        });
  if (lease === null) return null;
  held.lease = lease;
  held.warehouseId = warehouseId;
  await options.positionFile.renew(warehouseId, () => leaseHeld(store, warehouseId, lease));
  const fence = fenceSql({ warehouseId, number: lease });
  await takeOver(server, { warehouseId, number: lease });
  const guard = async (): Promise<void> => {
    if (await leaseHeld(store, warehouseId, lease)) return;
    throw new TailraceError('WAREHOUSE_TAKEN', `lease ${lease} is no longer the last one`);
  };
  const engine = new FencedEngine(server, fence);
  return { engine, state: await WarehouseState.open(engine, guard, { fence, migrations: options.migrations }), lease, fence };
}

/** What one process has of its warehouse, also over times in which that does not answer. */
export interface Holding {
  readonly by: string;
  /** Lease of a server; 0: none yet. */
  lease: number;
  /** '' before there is a lease. */
  warehouseId: string;
  /** The engine has read the lake. */
  readLake: boolean;
}

export function newHolding(): Holding {
  return { by: randomBytes(8).toString('hex'), lease: 0, warehouseId: '', readLake: false };
}

/** Frees the server that a process held, so that another compactor need not wait. */
export async function release(store: ObjectStore, { by, lease, warehouseId }: Holding): Promise<void> {
  if (lease > 0) await releaseLease(store, warehouseId, { n: lease, by });
}

/**
 * The lake that the warehouse was made from, or else the first one that appears; null when it was
 * told to stop while it waited.
 */
async function findHome(options: CompactorOptions, state: WarehouseState): Promise<SameLake | null> {
  const { store } = options;
  const known = state.fact('lakeId');
  const home = new SameLake(store, known);
  if (known === null) {
    const lake = await waitForLake(options, home);
    if (lake !== null) await state.saveFact('lakeId', lake.id);
    return lake === null ? null : home;
  }
  const found = await readLake(store, null);
  if (found === null || found.id === known) await home.require();
  else
    throw new TailraceError(
      'WAREHOUSE_OF_ANOTHER_LAKE',
      `the warehouse was made from lake ${known.slice(0, 8)}, but this is lake ${found.id.slice(0, 8)}`,
    );
  return home;
}

/** The replicator creates the lake; a compactor that starts first waits. */
async function waitForLake({ signal, log }: CompactorOptions, home: SameLake): Promise<LakeInfo | null> {
  for (let said = false; !signal.aborted; said = true) {
    try {
      return await home.open(null);
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'LAKE_MISSING') throw error;
      if (!said) log.info('waiting for the lake to be made');
      await abortableSleep(LAKE_POLL_MS, signal);
    }
  }
  return null;
}
