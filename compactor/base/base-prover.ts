import { TailraceError } from '../../core/errors.ts';
import { isoTime, wall } from '../../core/time.ts';
import { putBaseProof } from '../../lake/bases/base-log.ts';
import type { Base } from '../../lake/bases/base-log.ts';
import { SnapshotLog } from '../../lake/snapshot-log.ts';
import type { ListedCopy } from '../../lake/snapshot-log.ts';
import { loadChunks, nextChunks } from '../chunk-load.ts';
import type { CompactorContext } from '../context.ts';
import { readManifests } from '../plan/read-manifests.ts';
import { ComingChunks } from '../state/coming-chunks.ts';
import { firstBatch } from '../state/first-batch.ts';
import type { Generation } from '../state/generation.ts';
import { copyingGeneration, generationFromBase } from '../state/new-generation.ts';
import { RetiredStorages } from '../storage/retired-storages.ts';
import { dropStorage } from '../storage/storage.ts';
import { WindowApplier } from '../window.ts';
import { ALL_ROWS } from './base-source.ts';
import type { KeyRange, RowSum } from './base-source.ts';
import { scratchState, UnwrittenStore } from './scratch-state.ts';
import { SqlBaseClone } from './sql-base-source.ts';

/**
 * Storages of proofs have the number of a rebuild that never comes, another one for each lease: a
 * process that has lost its warehouse neither drops nor reads what its successor computes.
 */
const REBUILDS = 1_000_000_000;
/** Rows that are hashed in one slice. */
const HASHED = 500_000;
/**
 * Batches that are applied in one slice. Live tables wait for it, so it is far smaller than one of
 * their windows.
 */
const WINDOW = { manifests: 250, rows: 100_000, bytes: 16 * 2 ** 20 };

/**
 * Proves bases: loads the base before, or the copy, applies the batches since, and compares the
 * rows. It shares the loader and the windows with live tables, and nothing of what the live table
 * has been through. Nothing of it is in the state of the warehouse, so a crash leaves storages that
 * the next start drops, and the proof begins again.
 */
export class BaseProver {
  readonly #context: CompactorContext;

  constructor(context: CompactorContext) {
    this.#context = context;
  }

  /**
   * Stores the judgement of a base, in slices. Returns null when the base is right, and otherwise
   * why it does not count; a failure to compute it again is no judgement.
   */
  async *prove({ plan, done }: Base): AsyncGenerator<void, { refused: string } | null> {
    const { store, engine } = this.#context;
    const retired = new RetiredStorages();
    const scratch: CompactorContext = { ...this.#context, state: await scratchState(engine), store: new UnwrittenStore(store), retired };
    let one = await this.#begin(scratch, plan);
    if (one === null) return { refused: `base ${plan.n} has no copy and no base before it` };
    const storages = new Set([one.storage]);
    try {
      for await (one of this.#replay(scratch, one, plan)) {
        storages.add(one.storage);
        yield;
      }
      if (one.state !== 'catching-up') return { refused: `base ${plan.n} cannot be proven: ${one.error?.message ?? one.state}` };
      const found = { rows: 0, hash: 0n };
      for await (const sum of this.#hash(one)) {
        found.rows += sum.rows;
        found.hash = BigInt.asUintN(64, found.hash + sum.hash);
        yield;
      }
      const equal = found.rows === done.rows && String(found.hash) === done.contentHash;
      const reason = `the base has ${done.rows} rows with the hash ${done.contentHash}, and the lake alone makes ${found.rows} with ${found.hash}`;
      const proof = { tableId: plan.tableId, n: plan.n, by: 'rebuild', equal, at: isoTime(wall()) } as const;
      await putBaseProof(store, equal ? proof : { ...proof, reason });
      return equal ? null : { refused: `base ${plan.n} was judged unequal: ${reason}` };
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'FENCED') throw error;
      return { refused: error.message };
    } finally {
      for (const storage of storages) await dropStorage(engine, storage);
      await retired.drop(engine, Number.POSITIVE_INFINITY);
    }
  }

  /** The table as the base before has it, or the copy, before anything is loaded. */
  async #begin(scratch: CompactorContext, { tableId, generation, from }: Base['plan']): Promise<Generation | null> {
    const { bases, lease, schemas, store } = scratch;
    const rebuild = REBUILDS + lease;
    if (from !== null) {
      const base = await bases.read({ tableId, n: from });
      return base === null ? null : generationFromBase(base.plan, await schemas.get(tableId, base.plan.schema), rebuild);
    }
    const plan = await new SnapshotLog(store).plan({ tableId, generation });
    return plan === null ? null : copyingGeneration(plan, await schemas.get(tableId, plan.schema), rebuild);
  }

  /** The generation after each slice, up to the manifest of the base. */
  async *#replay(scratch: CompactorContext, begun: Generation, { manifest: upTo }: Base['plan']): AsyncGenerator<Generation> {
    const { manifests, steps, store } = scratch;
    const coming = new ComingChunks(scratch, new SnapshotLog(store));
    const copy: ListedCopy = { tableId: begun.tableId, generation: begun.generation, lastChunk: null, done: true };
    let one = begun;
    for (let left = 1; left > 0;) {
      const { chunks, end } = await coming.of(one, copy);
      if (end === null) throw missing(`the end of a copy of table ${one.tableId}`);
      one = await loadChunks(scratch, one, nextChunks(one, chunks, steps));
      left = end.chunks - one.chunks;
      yield one;
    }
    const first = one.base === undefined ? (await firstBatch(scratch, one)) - 1 : one.position.manifest;
    one = { ...one, state: 'catching-up', position: { ...one.position, manifest: first } };
    const applier = new WindowApplier(scratch);
    while (one.position.manifest < upTo) {
      const { batches } = await readManifests(manifests, { after: one.position.manifest, upTo, limits: WINDOW });
      if (batches.length === 0) throw missing(`batch ${one.position.manifest + 1}`);
      const { through } = await applier.apply({ generations: [one], manifests: batches, before: null });
      one = through[0] ?? scratch.state.newest(one);
      yield one;
      if (one.state !== 'catching-up') return;
    }
    yield one;
  }

  async *#hash(one: Generation): AsyncGenerator<RowSum> {
    const { engine, schemas } = this.#context;
    const schema = await schemas.get(one.tableId, one.schemaHash);
    const clone = await SqlBaseClone.over(engine, schema, one.storage);
    for (let from = ALL_ROWS.from; ;) {
      const last = await clone.cut({ from, to: null }, HASHED);
      const range: KeyRange = { from, to: last === null ? null : { key: last, included: true } };
      yield await clone.facts(range);
      if (last === null) return;
      from = { key: last, included: false };
    }
  }
}

function missing(what: string): TailraceError {
  return new TailraceError('LAKE_CORRUPT', `${what} is missing, which a proof needs`);
}
