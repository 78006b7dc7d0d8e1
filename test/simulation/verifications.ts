import { VerifiedBases } from '../../compactor/base/verified-bases.ts';
import type { VerifiedContext } from '../../compactor/base/verified-bases.ts';
import type { WrittenBases } from '../../compactor/base/written-bases.ts';
import type { BaseName } from '../../lake/bases/base-log.ts';
import type { ComparedTable } from '../../lake/control-stage.ts';
import type { ModelState } from './model-warehouse.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** What was compared, and is told to the compactor some turns later. */
interface Comparison {
  readonly compared: readonly ComparedTable[];
  readonly cloned: readonly BaseName[];
  turns: number;
}

/** Judges bases by verifications. */
export type Verified = Pick<VerifiedBases, 'clonable' | 'judge'>;

/** How that is done; a mutant does it wrongly. */
export type Judging = (context: VerifiedContext, written: WrittenBases) => Verified;

/** As the product does. */
export const judging: Judging = (context, written) => new VerifiedBases(context, written);

/**
 * Somebody verifies the live tables now and then, as verifier/verify.ts and
 * compactor/verify-hold.ts do: clones at the front are compared with the source, while the front
 * moves on.
 */
export class Verifications {
  readonly #process: SimulatedProcess;
  readonly #state: ModelState;
  readonly #bases: Verified;
  #running: Comparison | null = null;

  constructor(process: SimulatedProcess, state: ModelState, bases: Verified) {
    this.#process = process;
    this.#state = state;
    this.#bases = bases;
  }

  /** Called where the front stands at the end of a batch. */
  async turn(): Promise<void> {
    const { calls, name, random } = this.#process;
    if (this.#running === null) {
      if (!random.chance(0.6)) return;
      const clones = await this.#state.checked('clone all tables', () => this.#compare());
      await this.#state.check();
      this.#running = clones;
      return;
    }
    this.#running.turns -= 1;
    if (this.#running.turns > 0) return;
    const { compared, cloned } = this.#running;
    this.#running = null;
    calls.note(`${name}: verified ${JSON.stringify(compared)}, of ${JSON.stringify(cloned)}`);
    await this.#bases.judge(compared, cloned);
  }

  #compare(): Comparison {
    const { random, world } = this.#process;
    const { manifest } = this.#state.front;
    const live = this.#state.generations().filter(({ state }) => state === 'live');
    const compared = live.map(({ tableId, storage, consistentPoint }) => {
      const expected = world.judge.contentAt(tableId, { point: Number(consistentPoint), number: manifest });
      return { tableId, equal: this.#state.content(storage) === expected };
    });
    return { compared, cloned: this.#bases.clonable(), turns: random.between(1, 3) };
  }
}
