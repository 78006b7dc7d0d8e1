import { BaseWriter } from '../../compactor/base/base-writer.ts';
import type { BaseSource, RowSum, StoredChunk } from '../../compactor/base/base-source.ts';
import type { BaseOutcome } from '../../compactor/base/base-writer.ts';
import { baseTableOf, basePointOf } from '../../compactor/base/live-table.ts';
import { canProve } from '../../compactor/base/can-prove.ts';
import { WrittenBases } from '../../compactor/base/written-bases.ts';
import { TailraceError } from '../../core/errors.ts';
import type { Generation } from '../../compactor/state/generation.ts';
import { putBaseProof } from '../../lake/bases/base-log.ts';
import type { Base, BaseChunk } from '../../lake/bases/base-log.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import { ModelBaseSource, sumOf } from './model-base-source.ts';
import { rebuiltRows } from './model-rebuild.ts';
import { currentRows } from './model-rows.ts';
import type { ModelState, ReaderContext } from './model-warehouse.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { writerId } from './writer.ts';

/** Rows per chunk: a model table has some five. */
const CHUNK_ROWS = 2;

/** Writes and proves bases, a slice in each turn, as compactor/base/base-keeper.ts does. */
export class BaseTurns {
  readonly #process: SimulatedProcess;
  readonly #state: ModelState;
  readonly #context: ReaderContext;
  readonly #writer: BaseWriter;
  /** Bases that were written from the rows of this warehouse. */
  readonly written: WrittenBases;
  #running: AsyncGenerator<void, unknown> | null = null;

  constructor(process: SimulatedProcess, { state, context, readsBack }: { state: ModelState; context: ReaderContext; readsBack: boolean }) {
    const { store, time, calls, name } = process;
    const model = new ModelBaseSource(store, ({ storage }) => currentRows(state.rows(storage)));
    const source: BaseSource = {
      clone: (table) => state.checked(`clone ${table.storage}`, () => model.clone(table)),
      confirm: () => state.check(),
      readBack: (table, chunks) => (readsBack ? model.readBack(table, chunks) : Promise.resolve(saidOf(chunks))),
    };
    this.#process = process;
    this.#state = state;
    this.#context = context;
    this.written = new WrittenBases(context.state);
    let seq = 0;
    this.#writer = new BaseWriter({
      store,
      bases: context.bases,
      manifests: context.manifests,
      source,
      writer: { id: writerId(`${name} bases`, calls.trace.length), next: () => (seq += 1) },
      warehouseId: state.warehouse.id,
      program: 'simulation',
      time,
      limits: { rows: CHUNK_ROWS },
    });
  }

  /** Called where the front stands and nothing is late. */
  async turn(): Promise<void> {
    this.#running ??= await this.#next();
    if (this.#running === null) return;
    try {
      if ((await this.#running.next()).done === true) this.#running = null;
    } catch (error) {
      this.#running = null;
      // FENCED: a verification has judged the base while it was computed again.
      if (!(error instanceof TailraceError) || !['FENCED', 'LAKE_CORRUPT'].includes(error.code)) throw error;
      this.#process.calls.note(`${this.#process.name}: no base: ${error.message}`);
    }
  }

  async #next(): Promise<AsyncGenerator<void, unknown> | null> {
    const { random } = this.#process;
    const live = this.#state.generations().filter(({ state }) => state === 'live');
    if (live.length === 0 || this.#state.front.manifest === 0 || !random.chance(0.4)) return null;
    const one = random.pick(live);
    const newest = (await this.#context.bases.whole(one.tableId)).at(-1);
    if (newest !== undefined && (await this.#isProvable(newest)) && random.chance(0.8)) return this.#prove(newest);
    const manifest = await this.#context.manifests.read(this.#state.front.manifest);
    return manifest === null ? null : this.#write(one, manifest);
  }

  async *#write(one: Generation, manifest: StoredManifest): AsyncGenerator<void> {
    const { tableId } = one;
    const point = basePointOf(manifest, one);
    if (point === null) return;
    const outcome: BaseOutcome = yield* this.#writer.write(baseTableOf(one), point);
    this.#process.calls.note(`${this.#process.name}: base of ${tableId} ${JSON.stringify(outcome)}`);
    if (outcome.kind !== 'done') return;
    const open = (await this.#context.bases.whole(tableId)).filter(({ proof }) => proof === null);
    const numbers = open.map(({ plan }) => plan.n);
    await this.written.add(one, outcome.n, numbers);
    const base = await this.#context.bases.read({ tableId, n: outcome.n });
    if (base !== null && (await this.#isProvable(base))) yield* this.#prove(base);
  }

  /** Whether a base of this warehouse waits for a proof by another rebuild. */
  async #isProvable({ plan, proof }: Base): Promise<boolean> {
    const { baseProof } = this.#context;
    const ours = proof === null && plan.writtenBy === this.#state.warehouse.id;
    return baseProof === 'rebuild' && ours && (await canProve(this.#context, plan));
  }

  /** Computes the rows again from the lake, as compactor/base/base-prover.ts does. */
  async *#prove({ plan, done }: Base): AsyncGenerator<void> {
    const { tableId, n } = plan;
    const rows = yield* rebuiltRows(this.#context, plan);
    if (rows === null) return;
    const found = sumOf(currentRows(rows));
    const equal = found.rows === done.rows && String(found.hash) === done.contentHash;
    await putBaseProof(this.#process.store, { tableId, n, by: 'rebuild', equal, at: '2026-01-01T00:00:00.000Z' });
    this.#process.calls.note(`${this.#process.name}: base ${n} of ${tableId} is ${equal ? 'proven' : 'unequal'}`);
  }
}

/** What the records of chunks say, without a look at their objects. */
function saidOf(chunks: readonly StoredChunk[]): RowSum {
  const said = chunks as readonly BaseChunk[];
  const hash = said.reduce((sum, { contentHash }) => BigInt.asUintN(64, sum + BigInt(contentHash)), 0n);
  return { rows: said.reduce((sum, { rows }) => sum + rows, 0), hash };
}
