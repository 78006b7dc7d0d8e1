import { failpoint } from '../core/failpoint.ts';
import { epochOf } from '../core/table.ts';
import { qualifiedName } from '../core/table.ts';
import { moment } from '../core/time.ts';
import type { Manifest } from '../lake/manifest.ts';
import { SnapshotLog } from '../lake/snapshot-log.ts';
import type { CopyName, ListedCopy } from '../lake/snapshot-log.ts';
import { atOnce } from './at-once.ts';
import { loadChunks, nextChunks } from './chunk-load.ts';
import { beginFront } from './first-front.ts';
import { foundGenerations, usableCopies } from './found-copy.ts';
import { ComingChunks } from './state/coming-chunks.ts';
import type { ComingChunk, LoadEnd } from './state/coming-chunks.ts';
import { fillsLate, nextCopy } from './state/late-filler.ts';
import { firstBatches } from './state/first-batch.ts';
import type { Generation } from './state/generation.ts';
import { planHandOver } from './state/hand-over.ts';
import type { FoundCopy } from './state/hand-over.ts';
import { park, replacement, showLive } from './transitions.ts';
import { takeFacts } from './still-facts.ts';
import { limitsOn } from './plan/plan.ts';
import { readManifests } from './plan/read-manifests.ts';
import { dropStorage } from './storage/storage.ts';
import { FollowedCopies } from './history/followed-copies.ts';
import { settleHistory } from './history/settle-history.ts';
import { isTableError } from './state/table-error.ts';
import { NO_LSN } from './state/front.ts';
import type { Front } from './state/front.ts';
import type { WindowApplier, WindowResult } from './window.ts';
import { noteWindow } from './window-history.ts';
import { shardsOf } from '../warehouse/cluster/shards.ts';
import type { CompactorContext } from './context.ts';

/** Time between listings of all copies. On S3 a listing costs money. */
const DISCOVER_MS = { expected: 1_000, idle: 10_000 };
const LISTING_COSTS = 24;
/** A listing reads two folders per copy: those of thousands are listed less often. */
const PAUSE_PER_COPY_MS = 2;
/** This many small tables are one piece of work. */
const AT_ONCE = 100;
/**
 * Copies that are loaded at once. The next ones are read and counted while the engine inserts one.
 */
const LOADS = 3;
/**
 * Brings new generations from their copy, or a base of it, to the front: it loads chunks as they
 * land, then applies exactly the changes from the consistent point on in windows of their own, then
 * creates the view.
 * Each call does one bounded piece of work, so that live tables do not wait.
 */
export class BringUp {
  readonly #context: CompactorContext;
  readonly #applier: WindowApplier;
  readonly #log: SnapshotLog;
  readonly #followed: FollowedCopies;
  readonly #coming: ComingChunks;
  #copies = new Map<string, ListedCopy>();
  #discoveredAtMs = Number.NEGATIVE_INFINITY;

  constructor(context: CompactorContext, applier: WindowApplier) {
    this.#context = context;
    this.#applier = applier;
    this.#log = new SnapshotLog(context.store);
    this.#followed = new FollowedCopies(context, this.#log);
    this.#coming = new ComingChunks(context, this.#log);
  }

  /**
   * Looks for new copies and chunks in the lake, more often while some are expected. False when it
   * was not yet time.
   */
  async discover(elapsedMs: number): Promise<boolean> {
    const { state, engine, store } = this.#context;
    const all = state.generations();
    const coming = all.some((one) => one.state === 'waiting' || one.state === 'copying');
    const expected = coming || all.length === 0 || all.some((one) => one.state === 'parked');
    // A running copy is worth a listing a second; a copy that may never come is not.
    const costs = store.location.kind === 's3' && !coming ? LISTING_COSTS : 1;
    const many = Math.min(DISCOVER_MS.idle, this.#copies.size * PAUSE_PER_COPY_MS);
    const every = (expected ? Math.max(DISCOVER_MS.expected, many) : DISCOVER_MS.idle) * costs;
    if (elapsedMs - this.#discoveredAtMs < every) return false;
    this.#discoveredAtMs = elapsedMs;
    const found = (await usableCopies(this.#context, this.#log)).filter(({ tableId }) => epochOf(tableId) >= state.rebuildFrom);
    this.#copies = new Map(found.map((copy) => [copyKey(copy), copy]));
    const { begin, abandon } = planHandOver(state.generations(), found, state.rebuild);
    await this.#begin(begin);
    await beginFront(this.#context);
    for (const one of abandon) {
      await state.save({ ...one, state: 'dropped', storage: '' });
      if (one.storage !== '') await dropStorage(engine, one.storage);
    }
    return true;
  }

  /**
   * Loads a block of chunks of each copy that has some, of one copy at least, until `over`. False
   * when there was nothing to load.
   */
  async load(over: () => boolean): Promise<boolean> {
    const { state, steps, parallel, engine } = this.#context;
    const shards = shardsOf(engine).length;
    const loaded: Generation[] = [];
    let found = false;
    const firstOf = firstBatches(this.#context);
    const load = async (one: Generation): Promise<void> => {
      const copy = this.#copies.get(copyKey(one));
      if (copy === undefined || (found && over())) return;
      const coming = await this.#guarded(one, () => this.#coming.of(one, copy));
      found ||= coming === null;
      if (coming === null) return;
      const { end } = coming;
      const chunks = nextChunks(one, coming.chunks, limitsOn(shards, steps, one));
      // More chunks may be loaded than `done` names: another process may have continued the copy
      // while the one that ends it was suspended. The rows of both are right.
      const done = end !== null && one.chunks + chunks.length >= end.chunks;
      if (chunks.length === 0 && !done) return;
      found = true;
      const next = await this.#guarded(one, () => this.#load(one, { chunks, end, done, firstOf }));
      if (next !== null) loaded.push(next);
    };
    const copying = state.generations().filter((one) => one.state === 'copying');
    await atOnce(Math.max(LOADS, parallel), copying, load);
    // Many small ones are saved together, because each save is a part that is synced.
    await state.save(...loaded);
    if (loaded.length > 0) failpoint('chunks-loaded');
    return found;
  }

  /**
   * Applies one window to all generations that catch up; those that have met the front go live.
   * False when none could move.
   */
  async catchUp(): Promise<boolean> {
    const { changes, state } = this.#context;
    if (await this.#followCopies()) return true;
    const { front } = state;
    const moving = state.generations().filter((one) => one.state === 'catching-up' && one.position.manifest < front.manifest);
    if (moving.length === 0) return this.#meet();
    const from = Math.min(...moving.map((one) => one.position.manifest));
    const batches = await this.#passedBatches(from, moving);
    if (batches === null) return true;
    if (batches.length === 0) return false;
    const begun = moment();
    await state.saveFacts(changes.noteBehind(moving, batches));
    const result = await this.#applier.apply({ generations: moving, manifests: batches, before: null });
    await state.save(...result.through);
    if (result.through.length < moving.length) await this.#repeatFacts(from, front.manifest);
    await noteWindow(this.#context, result, { kind: 'catch-up', batches, begun });
    this.#progress(result, front.manifest);
    await this.#meet();
    return true;
  }

  /**
   * Batches up to the front. null: the next one is missing, and the generations that need it were
   * parked.
   */
  async #passedBatches(after: number, moving: readonly Generation[]): Promise<readonly Manifest[] | null> {
    const { state, manifests, window } = this.#context;
    try {
      return (await readManifests(manifests, { after, upTo: state.front.manifest, limits: window })).batches;
    } catch (error) {
      if (!isTableError(error)) throw error;
      for (const one of moving.filter(({ position }) => position.manifest === after)) await park(this.#context, one, error);
      return null;
    }
  }

  /**
   * A table that stopped or failed meets no later fact in a window of its own, and the front is
   * past those facts.
   */
  async #repeatFacts(after: number, upTo: number): Promise<void> {
    for (let done = after; done < upTo;) {
      const batches = await this.#passedBatches(done, []);
      if (batches === null || batches.length === 0) return;
      await takeFacts(this.#context, batches);
      done += batches.length;
    }
  }

  /**
   * Lets generations that have met the front go live. Not while the front is inside a batch: a
   * generation of whole batches would lack the part that is applied. And not before the last point
   * of its copy: rows of two points belong to neither until all changes between them are applied.
   */
  async #meet(): Promise<boolean> {
    const { state } = this.#context;
    const { front } = state;
    if (front.lsn !== NO_LSN) return false;
    const met = state
      .generations()
      .filter((one) => one.state === 'catching-up' && one.position.manifest === front.manifest && isOfOnePoint(one, front))
      .filter((one) => this.#follows(one) === null);
    // When two generations of one table have met it, the later one replaces the other.
    const newest = [...new Map(met.map((one) => [one.oid, one])).values()].slice(0, AT_ONCE);
    const settled: Generation[] = [];
    for (const one of newest) {
      const next = await this.#guarded(one, () => settleHistory(this.#context, one));
      if (next !== null) settled.push(next);
    }
    const replacements = settled.map((one) => replacement(one, state.generations()));
    // In one insert: there are never two live generations of a table, and never none.
    await state.save(...replacements.flatMap(({ next, older }) => [next, ...older.map(dropped)]));
    for (const one of replacements) await this.#guarded(one.next, () => showLive(this.#context, one));
    return met.length > 0;
  }

  /** The copy that takes the place of a generation before that goes live; null: there is none. */
  #follows(one: Generation): ListedCopy | null {
    return fillsLate(one, this.#context.state.generations()) ? nextCopy(one, this.#copies.values()) : null;
  }

  async #followCopies(): Promise<boolean> {
    let followed = false;
    for (const one of this.#context.state.generations()) {
      const copy = this.#follows(one);
      if (copy !== null && (await this.#guarded(one, () => this.#followed.handOn(one, copy))) === true) followed = true;
    }
    return followed;
  }

  async #begin(copies: readonly FoundCopy[]): Promise<void> {
    const { state } = this.#context;
    for (let at = 0; at < copies.length; at += AT_ONCE) {
      const begun = await foundGenerations(this.#context, this.#log, copies.slice(at, at + AT_ONCE));
      const tables = new Set(begun.map(({ tableId }) => tableId));
      const unused = state.generations().filter((one) => tables.has(one.tableId) && one.generation === 0 && one.state === 'waiting');
      await state.save(...begun, ...unused.map(dropped));
    }
  }

  async #load(
    one: Generation,
    {
      chunks,
      end,
      done,
      firstOf,
    }: { chunks: readonly ComingChunk[]; end: LoadEnd | null; done: boolean; firstOf: (of: Generation) => Promise<number> },
  ): Promise<Generation> {
    const loaded = await loadChunks(this.#context, one, chunks);
    this.#context.progress({
      event: 'progress',
      work: 'snapshot',
      table: qualifiedName(one.schema, one.name),
      done: loaded.copiedRows ?? 0,
      total: end?.rows ?? (await this.#log.plan(one))?.estimatedRows ?? null,
      unit: 'rows',
    });
    if (!done) return loaded;
    if (loaded.base !== undefined) return { ...loaded, state: 'catching-up' };
    return { ...loaded, state: 'catching-up', position: { ...loaded.position, manifest: (await firstOf(loaded)) - 1 } };
  }

  /** Runs work for one generation; null: it failed and was parked. */
  async #guarded<T>(one: Generation, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (!isTableError(error)) throw error;
      await park(this.#context, one, error);
      return null;
    }
  }

  #progress(result: WindowResult, total: number): void {
    const work = this.#context.state.rebuild > 0 ? 'rebuild' : 'catch-up';
    const done = Math.min(total, ...result.through.map((one) => one.position.manifest));
    this.#context.progress({ event: 'progress', work, table: null, done, total, unit: 'batches' });
  }
}

function isOfOnePoint({ epoch, lastPoint }: Generation, front: Front): boolean {
  return lastPoint === undefined || front.epoch > epoch || front.appliedLsn >= lastPoint;
}

function copyKey({ tableId, generation }: CopyName): string {
  return `${tableId}/${generation}`;
}

function dropped(one: Generation): Generation {
  return { ...one, state: 'dropped', visible: false, storage: '' };
}
