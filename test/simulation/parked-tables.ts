import { TailraceError } from '../../core/errors.ts';
import { qualifiedName } from '../../core/table.ts';
import { Resume } from '../../compactor/resume.ts';
import { expiriesOf } from '../../compactor/expiry-watch.ts';
import { isTableError } from '../../compactor/state/table-error.ts';
import type { Generation } from '../../compactor/state/generation.ts';
import { sweptError } from '../../compactor/swept.ts';
import { park } from '../../compactor/transitions.ts';
import { openRequests, putRequest } from '../../lake/control.ts';
import { MissingObject } from '../../lake/missing-object.ts';
import { newestExpiry } from '../../lake/readers.ts';
import type { ModelState, ReaderContext } from './model-warehouse.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { writerId } from './writer.ts';

/** What is asked for a table. */
type Asked = { kind: 'resync'; tableId: string; reason: string } | { kind: 'resume'; warehouseId: string };

/** Tables that fail, and that somebody resumes later, by the transitions of the product. */
export class ParkedTables {
  readonly #process: SimulatedProcess;
  readonly #state: ModelState;
  readonly #context: ReaderContext;
  readonly #resume: Resume;

  constructor(process: SimulatedProcess, state: ModelState, context: ReaderContext) {
    this.#process = process;
    this.#state = state;
    this.#context = context;
    this.#resume = new Resume(context, state.warehouse.id);
  }

  /** The engine refuses rows of a table now and then. One that was resumed does not fail again. */
  refuse({ tableId, resumed }: Generation): void {
    const { random, world } = this.#process;
    if (resumed !== true && world.isFaulty() && random.chance(0.12))
      throw new TailraceError('WAREHOUSE_QUERY', `the engine refuses rows of ${tableId}`);
  }

  /** Does work for one table, which is parked when it fails; false: it did. */
  async guarded(one: Generation, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isTableError(error)) throw error;
      if (error instanceof MissingObject) await this.#judge(one, error);
      // A request that the product puts has a random id, and the same seed has the same trace.
      const next = await park({ ...this.#context, readsOnly: true }, one, error);
      if (next.state === 'waiting' && next.resumed === false)
        await this.#ask(one, { kind: 'resync', tableId: one.tableId, reason: 'failed' });
      this.#process.calls.note(`${this.#process.name}: ${one.tableId}/${one.generation} is ${next.state}: ${String(error)}`);
      return false;
    }
  }

  /** Somebody resumes the tables that are parked. */
  async turn(): Promise<void> {
    const { random, store } = this.#process;
    const parked = this.#state.generations().find(({ state }) => state === 'parked');
    if (parked === undefined || !random.chance(0.15)) return;
    await this.#ask(parked, { kind: 'resume', warehouseId: this.#state.warehouse.id });
    await this.#resume.serve(await openRequests(store, ['resume']));
  }

  async #ask({ schema, name: its }: Generation, what: Asked): Promise<void> {
    const { calls, name, store, time } = this.#process;
    const nonce = writerId(`${name} asks`, calls.trace.length).slice(0, 12);
    await putRequest(store, { ...what, table: qualifiedName(schema, its) }, new Date(time.wall()), nonce);
  }

  /** Nothing may be missing of a table that moves, while the warehouse is waited for. */
  async #judge(one: Generation, error: MissingObject): Promise<void> {
    const known = expiriesOf(this.#context.state);
    const expired = (await newestExpiry(this.#process.store, this.#state.warehouse.id, known)) > known;
    const swept = await sweptError(this.#context, one, error);
    if (!expired && (swept === null || one.state === 'live'))
      this.#process.wrong(`${error.path} is missing, which ${one.tableId}/${one.generation}, ${one.state}, needs`);
  }
}
