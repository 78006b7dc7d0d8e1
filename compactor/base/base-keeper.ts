import { describeError } from '../../core/errors.ts';
import { qualifiedName } from '../../core/table.ts';
import { systemTime } from '../../core/time.ts';
import type { Moment } from '../../core/time.ts';
import type { Base } from '../../lake/bases/base-log.ts';
import { newestBaseOf } from '../../lake/bases/newest-bases.ts';
import type { ControlRequest } from '../../lake/control.ts';
import type { Manifest } from '../../lake/manifest.ts';
import { readFloors } from '../../lake/retention/floors.ts';
import { createWriter } from '../../lake/writer.ts';
import type { CompactorContext } from '../context.ts';
import { currentGenerations } from '../state/current-generations.ts';
import type { Generation } from '../state/generation.ts';
import { isTableError } from '../state/table-error.ts';
import { isBaseDue } from './base-due.ts';
import { BaseProver } from './base-prover.ts';
import { BaseRequests } from './base-requests.ts';
import { BaseWriter } from './base-writer.ts';
import { BatchBytes } from './batch-bytes.ts';
import { besideTurns } from './beside-turns.ts';
import { canProve } from './can-prove.ts';
import { KnownBases } from './known-bases.ts';
import { baseTableOf, basePointOf } from './live-table.ts';
import { SqlBaseSource } from './sql-base-source.ts';
import { VerifiedBases } from './verified-bases.ts';
import { WrittenBases } from './written-bases.ts';

/** Time between looks for bases of others and for due tables, unless the interval is short. */
const LOOK_EVERY_MS = 60_000;
const LOOK_EVERY_S3_MS = 600_000;
/** A table whose base failed, or that another warehouse writes, waits this long at most. */
const AGAIN_MS = 3_600_000;

/** How work on one table ended; null: as it should. */
type Ended = { readonly refused: string } | null;

/** Work on one table, in slices. */
interface Running {
  readonly one: Generation;
  readonly slices: AsyncGenerator<void, Ended>;
}

/** What a turn of the compactor knows. */
interface BaseTurn {
  readonly now: Moment;
  /** Nothing is late. */
  readonly quiet: boolean;
  /** Every live table stands at the end of the front's manifest. */
  readonly whole: boolean;
}

/**
 * Decides when the tables of this warehouse get bases. Writes and proves one at a time, in slices
 * that begin in turns in which nothing is late.
 */
export class BaseKeeper {
  readonly #context: CompactorContext;
  readonly #warehouseId: string;
  readonly #known: KnownBases;
  readonly #requests: BaseRequests;
  readonly #writer: BaseWriter;
  readonly #prover: BaseProver;
  readonly #written: WrittenBases;
  /** Judges bases by verifications. */
  readonly verified: VerifiedBases;
  readonly #bytes: BatchBytes;
  readonly #notBefore = new Map<string, number>();
  #running: Running | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(context: CompactorContext, warehouseId: string) {
    this.#context = context;
    this.#warehouseId = warehouseId;
    this.#known = new KnownBases(context);
    this.#bytes = new BatchBytes(context.manifests);
    this.#requests = new BaseRequests(context, warehouseId);
    this.#prover = new BaseProver(context);
    this.#written = new WrittenBases(context.state);
    this.verified = new VerifiedBases(context, this.#written);
    this.#writer = new BaseWriter({
      store: context.store,
      bases: context.bases,
      manifests: context.manifests,
      source: new SqlBaseSource(context),
      writer: createWriter(),
      warehouseId,
      program: context.baseRules.program,
      time: systemTime,
    });
  }

  /** Notes batches that were applied. */
  note(batches: readonly Pick<Manifest, 'files'>[]): void {
    this.#bytes.note(batches);
  }

  /** Takes requests for bases of this warehouse; answers those that have one, or get none. */
  async serve(requests: readonly ControlRequest[]): Promise<void> {
    await this.#requests.take(requests, this.#live());
  }

  /** Does one slice, if there is one to do. True when there may be more. */
  async turn({ now, quiet, whole }: BaseTurn): Promise<boolean> {
    if (!quiet) return false;
    if (this.#running === null && whole) this.#running = await this.#next(now);
    if (this.#running === null) return this.#bytes.read();
    const { one, slices } = this.#running;
    try {
      const slice = await slices.next();
      if (slice.done === true) await this.#end(one, slice.value, now);
    } catch (error) {
      this.#running = null;
      if (!isTableError(error)) throw error;
      await this.#end(one, { refused: describeError(error) }, now);
    }
    return true;
  }

  #live(): Generation[] {
    return currentGenerations(this.#context.state.generations()).filter(({ state }) => state === 'live');
  }

  /** Work on the next table: one that somebody asked for, or else one that is due. */
  async #next(now: Moment): Promise<Running | null> {
    const { store, baseRules } = this.#context;
    const live = this.#live();
    const asked = live.find((one) => this.#requests.asks(one));
    if (asked !== undefined) return { one: asked, slices: this.#work(asked) };
    const { intervalMs } = baseRules;
    if (intervalMs === null || this.#bytes.isReading) return null;
    const everyMs = Math.min(store.location.kind === 's3' ? LOOK_EVERY_S3_MS : LOOK_EVERY_MS, intervalMs / 2);
    if (now.elapsedMs - this.#lookedAtMs < everyMs) return null;
    await this.#known.look();
    this.#bytes.begin(await this.#lastBases(live, { now, intervalMs }), this.#context.state.front.manifest);
    if (this.#bytes.isReading) return null;
    // The oldest base first: a table that is always due would keep the others from theirs.
    const since = ({ tableId }: Generation): number => this.#known.newest(tableId)?.plan.manifest ?? 0;
    let floors: ReadonlyMap<string, number> | null = null;
    for (const one of live.toSorted((a, b) => since(a) - since(b))) {
      if ((this.#notBefore.get(one.tableId) ?? Number.NEGATIVE_INFINITY) > now.elapsedMs) continue;
      const newest = this.#known.newest(one.tableId);
      if (newest?.plan.generation === one.generation && this.#isOpen(newest)) {
        floors ??= await readFloors(store);
        if (await canProve(this.#context, newest.plan, floors)) return { one, slices: this.#prover.prove(newest) };
      }
      if (await this.#isDue(one, { now, intervalMs })) return { one, slices: this.#work(one) };
    }
    this.#lookedAtMs = now.elapsedMs;
    return null;
  }

  /** By table: the manifest of the last base, where the bytes since then decide. */
  async #lastBases(live: readonly Generation[], { now, intervalMs }: { now: Moment; intervalMs: number }): Promise<Map<string, number>> {
    const since = new Map<string, number>();
    for (const one of live) {
      const { base, manifest, atMs } = await this.#known.last(one);
      if (now.wallMs - atMs < intervalMs && this.#changedSince(one, base)) since.set(one.tableId, manifest);
    }
    return since;
  }

  #changedSince(one: Generation, base: Base | null): boolean {
    return this.#context.changes.changedSince(one, base?.plan.manifest ?? null);
  }

  async #isDue(one: Generation, { now, intervalMs }: { now: Moment; intervalMs: number }): Promise<boolean> {
    const { base, atMs } = await this.#known.last(one);
    const need = {
      bytesSince: this.#bytes.of(one.tableId),
      baseBytes: base?.done.bytes ?? 0,
      changed: this.#changedSince(one, base),
      ageMs: now.wallMs - atMs,
    };
    return isBaseDue(need, { ...this.#context.baseRules, intervalMs });
  }

  /** Writes the next base of a table, and proves it. */
  async *#work(one: Generation): AsyncGenerator<void, Ended> {
    const { bases, home, log, manifests, state } = this.#context;
    const { format } = await home.require();
    if (!format.features.has('bases')) return { refused: 'the lake may have no bases yet; run `tailrace lake upgrade`' };
    const table = qualifiedName(one.schema, one.name);
    const manifest = await manifests.read(state.front.manifest);
    const point = manifest === null ? null : basePointOf(manifest, one);
    if (point === null) return { refused: 'nothing was committed in its epoch since its copy, which is as new as a base would be' };
    const bytes = this.#bytes.of(one.tableId);
    // A clone no longer changes, so live tables need not wait for a chunk of it.
    const outcome = yield* besideTurns(this.#writer.write(baseTableOf(one), point));
    if (outcome.kind === 'unequal') return { refused: outcome.reason };
    if (outcome.kind === 'left') {
      log.debug({ table, reason: outcome.reason }, 'base left to another');
      if (!outcome.newest) return { refused: outcome.reason };
    }
    if (outcome.kind === 'done') {
      log.info({ table, ...outcome }, 'base written');
      this.#bytes.based(one.tableId, point.manifest, bytes);
      const open = (await bases.whole(one.tableId)).filter(({ proof }) => proof === null);
      await this.#written.add(
        one,
        outcome.n,
        open.map(({ plan }) => plan.n),
      );
    }
    const base = await newestBaseOf(bases, manifests, one.tableId);
    if (base === null || !this.#isOpen(base)) return null;
    if (await canProve(this.#context, base.plan)) return yield* this.#prover.prove(base);
    return {
      refused: `base ${base.plan.n} cannot be computed again, as what it began with was swept; \`tailrace verify ${table}\` proves it`,
    };
  }

  /** Whether a base of ours waits for a proof by another rebuild. */
  #isOpen({ plan, proof }: Base): boolean {
    return this.#context.baseProof === 'rebuild' && plan.writtenBy === this.#warehouseId && proof === null;
  }

  async #end(one: Generation, ended: Ended, now: Moment): Promise<void> {
    this.#running = null;
    if (ended !== null) {
      this.#context.log.warn({ table: qualifiedName(one.schema, one.name), reason: ended.refused }, 'no base that counts');
      this.#notBefore.set(one.tableId, now.elapsedMs + Math.min(AGAIN_MS, this.#context.baseRules.intervalMs ?? AGAIN_MS));
    }
    await this.#requests.end(one, ended?.refused ?? null);
  }
}
