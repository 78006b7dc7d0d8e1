import { TailraceError } from '../../core/errors.ts';
import { foundGenerations } from '../../compactor/found-copy.ts';
import { isInCopy } from '../../compactor/plan/plan.ts';
import { readManifests } from '../../compactor/plan/read-manifests.ts';
import { ComingChunks } from '../../compactor/state/coming-chunks.ts';
import { firstBatch } from '../../compactor/state/first-batch.ts';
import { frontAfter } from '../../compactor/state/front.ts';
import { compareGenerations } from '../../compactor/state/generation.ts';
import type { Generation } from '../../compactor/state/generation.ts';
import { planHandOver } from '../../compactor/state/hand-over.ts';
import { requireNext } from '../../compactor/state/lake-history.ts';
import { standing } from '../../compactor/state/position.ts';
import { RetiredStorages } from '../../compactor/storage/retired-storages.ts';
import { takeFacts } from '../../compactor/still-facts.ts';
import { dropTable } from '../../compactor/transitions.ts';
import { BaseLog } from '../../lake/bases/base-log.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import { MissingObject } from '../../lake/missing-object.ts';
import { SnapshotLog } from '../../lake/snapshot-log.ts';
import type { ListedCopy } from '../../lake/snapshot-log.ts';
import { BaseTurns } from './base-turns.ts';
import { SCHEMAS, streamOf } from './lake-parts.ts';
import { decodeChanges, decodeRows } from './model-rows.ts';
import type { Change } from './model-rows.ts';
import { ModelState } from './model-warehouse.ts';
import type { ReaderContext } from './model-warehouse.ts';
import { ParkedTables } from './parked-tables.ts';
import { ServerOwner } from './server-owner.ts';
import { LOG, rest } from './simulated-process.ts';
import type { Role, SimulatedProcess } from './simulated-process.ts';
import { ToldPosition } from './told-position.ts';
import { Verifications, judging } from './verifications.ts';
import type { Judging } from './verifications.ts';

/** After these a process begins again, as cli/roles/compact.ts does. */
const AGAIN = ['LAKE_UNAVAILABLE', 'WAREHOUSE_TAKEN'];
/** Pieces of work on a base in one turn. */
const SLICES = 6;
const LIMITS = { manifests: 12, rows: 1_000_000, bytes: 1_000_000_000 };

/** How a compactor does one thing or another; a mutant does one of them wrongly. */
export interface CompactorWays {
  /** Facts of batches are saved before the front that is past them. */
  readonly factsFirst: boolean;
  /** It writes bases only after its first window: the one before may have broken off. */
  readonly movesFirst: boolean;
  /** Whether a base is read back from the lake before it counts. */
  readonly readsBack: boolean;
  /** It registers as a reader before it reads any file. */
  readonly registersFirst: boolean;
  /** How verifications judge bases. */
  readonly judging: Judging;
}

/** As the product does. */
export const WAYS: CompactorWays = {
  factsFirst: true,
  movesFirst: true,
  readsBack: true,
  registersFirst: true,
  judging,
};

/**
 * Reads the lake as a compactor does, with a model of the engine: it loads copies and bases, moves
 * tables with the front, says what it needs, writes bases and proves them.
 */
export function compactor(warehouseId: string, ways: CompactorWays = WAYS): Role {
  return (process) => work(process, { warehouseId, ways, own: async () => 0, lose: () => undefined });
}

/** The same of a warehouse on a server, which several processes believe to own. */
export function serverCompactor(warehouseId: string, ways: CompactorWays = WAYS): Role {
  return (process) => {
    const owner = new ServerOwner(process, warehouseId);
    return work(process, { warehouseId, ways, own: () => owner.own(), lose: () => owner.lose() });
  };
}

interface Living {
  readonly warehouseId: string;
  readonly ways: CompactorWays;
  /** The lease that it has; 0: none is needed. */
  readonly own: () => Promise<number>;
  readonly lose: () => void;
}

async function work(process: SimulatedProcess, { warehouseId, ways, own, lose }: Living): Promise<void> {
  for (;;) {
    try {
      const life = new Life(process, { warehouseId, ways, lease: await own() });
      await life.begin();
      for (;;) {
        await life.turn();
        await rest(process, 12);
      }
    } catch (error) {
      if (!(error instanceof TailraceError) || !AGAIN.includes(error.code)) throw error;
      if (error.code === 'WAREHOUSE_TAKEN') lose();
      await rest(process);
    }
  }
}

class Life {
  readonly #process: SimulatedProcess;
  readonly #ways: CompactorWays;
  readonly #state: ModelState;
  readonly #context: ReaderContext;
  readonly #copies: SnapshotLog;
  readonly #coming: ComingChunks;
  readonly #told: ToldPosition;
  readonly #bases: BaseTurns;
  readonly #parked: ParkedTables;
  readonly #verifications: Verifications;
  #found = new Map<string, ListedCopy>();

  constructor(process: SimulatedProcess, { warehouseId, ways, lease }: { warehouseId: string; ways: CompactorWays; lease: number }) {
    const { store } = process;
    this.#process = process;
    this.#ways = ways;
    this.#state = new ModelState(process.world.warehouse(warehouseId), process, lease);
    const bases = new BaseLog(store);
    const home = { open: async () => null } as unknown as ReaderContext['home'];
    const retired = new RetiredStorages();
    const how = { baseProof: process.world.policy.baseProof, home, readsOnly: false, retired, until: null, history: () => null, log: LOG };
    this.#context = { ...this.#state.context, ...how, store, bases, manifests: streamOf(process), schemas: SCHEMAS };
    this.#parked = new ParkedTables(process, this.#state, this.#context);
    this.#copies = new SnapshotLog(store);
    this.#coming = new ComingChunks({ store, bases }, this.#copies);
    this.#told = new ToldPosition(process, this.#state, this.#context);
    this.#bases = new BaseTurns(process, { state: this.#state, context: this.#context, readsBack: ways.readsBack });
    this.#verifications = new Verifications(process, this.#state, ways.judging(this.#context, this.#bases.written));
  }

  /** Registers as a reader. */
  async begin(): Promise<void> {
    if (this.#ways.registersFirst) await this.#told.tell();
  }

  /** What a real compactor does in one turn. */
  async turn(): Promise<void> {
    if (this.#process.random.chance(0.4)) await this.#discover();
    if (!this.#ways.movesFirst) await this.#writeBases(SLICES);
    const moved = await this.#move();
    await this.#parked.turn();
    await this.#load();
    await this.#catchUp();
    await this.#told.tell();
    await this.#verifications.turn();
    await this.#writeBases(moved ? 2 : SLICES);
    if (this.#state.front.manifest >= this.#process.world.goal() && this.#isUpToDate()) this.#process.progress();
  }

  async #writeBases(slices: number): Promise<void> {
    for (let slice = 0; slice < slices; slice += 1) await this.#bases.turn();
  }

  /** Every table that has a whole copy is live. None is parked, but one that ended unsaid. */
  #isUpToDate(): boolean {
    const live = new Set(this.#state.generations().flatMap(({ state, tableId }) => (state === 'live' ? [tableId] : [])));
    const { source } = this.#process.world;
    const copied = [...this.#found.values()]
      .filter(({ done, tableId }) => done && source.tableIds.includes(tableId))
      .map(({ tableId }) => tableId);
    const isLeft = ({ oid, epoch }: Generation): boolean => epoch === source.epoch || source.has(oid);
    const parked = this.#state.generations().some((one) => one.state === 'parked' && isLeft(one));
    return !parked && copied.length > 0 && copied.every((tableId) => live.has(tableId));
  }

  async #discover(): Promise<void> {
    const found = await this.#copies.listed();
    this.#found = new Map(found.map((copy) => [`${copy.tableId}/${copy.generation}`, copy]));
    const { begin, abandon } = planHandOver(this.#state.generations(), found, this.#state.rebuild);
    for (const one of begin.length === 0 ? [] : await foundGenerations(this.#context, this.#copies, begin)) await this.#state.save(one);
    for (const one of abandon) await this.#state.save({ ...one, state: 'dropped', storage: '' });
    if (this.#ways.registersFirst) await this.#told.tell();
  }

  /** Moves the front; false: there was nothing to read. */
  async #move(): Promise<boolean> {
    const { front } = this.#state;
    const { batches } = await readManifests(this.#context.manifests, { after: front.manifest, upTo: null, limits: LIMITS });
    requireNext(front, batches[0]);
    if (batches.length === 0) return false;
    const live = this.#state.generations().filter(({ state }) => state === 'live');
    for (const one of live) await this.#parked.guarded(one, () => this.#apply(one, batches, async () => undefined));
    await takeFacts(this.#context, batches);
    const events = batches.flatMap(({ catalog }) => catalog.flatMap(({ reason }) => reason ?? []));
    if (this.#ways.factsFirst) await this.#state.saveEvents(events);
    const next = frontAfter(front, batches, null);
    await this.#state.saveFront(next, () => this.#judge(next.manifest, front.manifest));
    if (!this.#ways.factsFirst) await this.#state.saveEvents(events);
    return true;
  }

  async #load(): Promise<void> {
    for (const one of this.#state.generations().filter(({ state }) => state === 'copying')) {
      const copy = this.#found.get(`${one.tableId}/${one.generation}`);
      if (copy !== undefined) await this.#parked.guarded(one, () => this.#loadNext(one, copy));
    }
  }

  async #loadNext(one: Generation, copy: ListedCopy): Promise<void> {
    const { chunks, end } = await this.#coming.of(one, copy);
    const some = chunks.slice(0, 2);
    const version = Number(one.consistentPoint);
    if (some.length > 0) this.#parked.refuse(one);
    for (const { path } of some) await this.#state.merge(one.storage, decodeRows(await this.#read(path), version));
    const loaded = one.chunks + some.length;
    const isDone = end !== null && loaded >= end.chunks;
    if (!isDone) {
      if (some.length > 0) await this.#state.save({ ...one, chunks: loaded });
      return;
    }
    const first =
      one.base === undefined ? (await firstBatch({ manifests: this.#context.manifests, state: this.#state }, one)) - 1 : one.base.manifest;
    await this.#state.save({ ...one, chunks: loaded, state: 'catching-up', position: { ...one.position, manifest: first } });
  }

  /** Applies one window to all that catch up; those that have met the front go live. */
  async #catchUp(): Promise<void> {
    const { front } = this.#state;
    const coming = this.#state.generations().filter(({ state }) => state === 'catching-up');
    const after = Math.min(...coming.map(({ position }) => position.manifest));
    if (after < front.manifest) {
      const { batches } = await readManifests(this.#context.manifests, { after, upTo: front.manifest, limits: LIMITS });
      const last = batches.at(-1)?.number ?? after;
      const through = (one: Generation) => this.#state.save({ ...one, position: { ...one.position, manifest: last } });
      for (const one of coming.filter(({ position }) => position.manifest < last))
        if (!(await this.#parked.guarded(one, () => this.#apply(one, batches, through)))) await this.#repeatFacts(after, front.manifest);
    }
    for (const one of this.#state.generations().filter(({ state }) => state === 'catching-up')) await this.#meet(one);
  }

  async #meet(one: Generation): Promise<void> {
    const { front } = this.#state;
    if (one.position.manifest !== front.manifest || front.appliedLsn < one.consistentPoint) return;
    const older = this.#state.generations().filter((other) => other.oid === one.oid && other !== one && other.state !== 'dropped');
    await this.#state.save({ ...one, state: 'live', visible: true });
    this.#show(one, front.manifest);
    const passed = older.filter((other) => compareGenerations(other, one) < 0);
    await this.#state.save(...passed.map((other): Generation => ({ ...other, state: 'dropped', storage: '' })));
  }

  /**
   * A table that failed meets no later fact in a window of its own, and the front is past those.
   */
  async #repeatFacts(after: number, upTo: number): Promise<void> {
    for (let done = after; done < upTo;) {
      const { batches } = await readManifests(this.#context.manifests, { after: done, upTo, limits: LIMITS });
      await takeFacts(this.#context, batches);
      done = batches.at(-1)?.number ?? upTo;
    }
  }

  /** `through`: saves the table as it is then, unless it was dropped. */
  async #apply(one: Generation, batches: readonly StoredManifest[], through: (one: Generation) => Promise<void>): Promise<void> {
    const from = standing(one, this.#state.front).manifest;
    const changes: Change[] = [];
    for (const batch of batches.filter(({ number }) => number > from))
      for (const { path } of batch.files.filter(({ tableId }) => tableId === one.tableId))
        changes.push(...decodeChanges(await this.#read(path)));
    const later = changes.filter(({ lsn }) => BigInt(lsn) >= one.consistentPoint);
    if (later.length > 0) {
      this.#parked.refuse(one);
      await this.#state.merge(one.storage, later);
    }
    const facts = batches.filter((batch) => batch.number > from && !isInCopy(batch, one)).flatMap(({ catalog }) => catalog);
    if (facts.some(({ kind, tableId }) => kind === 'dropped' && tableId === one.tableId)) await dropTable(this.#context, one);
    else await through(one);
  }

  async #read(path: string): Promise<Uint8Array> {
    const { id } = this.#state.warehouse;
    if (!this.#process.world.judge.early.hasHeard(id)) this.#process.wrong(`${path} is read by ${id}, which has not registered`);
    const bytes = await this.#process.store.get(path);
    if (bytes === null) throw new MissingObject(path);
    return bytes;
  }

  /** The front moves from one batch to another. */
  #judge(number: number, before: number): void {
    const { judge } = this.#process.world;
    const { warehouse } = this.#state;
    for (const one of this.#state.generations()) if (one.state === 'live') this.#show(one, number);
    const missing = judge.history.events(before).filter((event) => !warehouse.events.includes(event));
    if (missing.length > 0) this.#process.wrong(`${missing.join()} is lost at front ${before}`);
  }

  #show(one: Generation, number: number): void {
    if (this.#state.warehouse.changedByHand.has(one.storage)) return;
    const table = { tableId: one.tableId, content: this.#state.content(one.storage), point: Number(one.consistentPoint) };
    this.#process.world.judge.shown(this.#state.warehouse.id, table, number);
  }
}
