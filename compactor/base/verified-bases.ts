import { isoTime, systemTime } from '../../core/time.ts';
import { putBaseProof } from '../../lake/bases/base-log.ts';
import type { BaseName } from '../../lake/bases/base-log.ts';
import type { ComparedTable } from '../../lake/control-stage.ts';
import { readFloors } from '../../lake/retention/floors.ts';
import type { CompactorContext } from '../context.ts';
import { currentGenerations } from '../state/current-generations.ts';
import { canProve } from './can-prove.ts';
import type { WrittenBases } from './written-bases.ts';

/** What of a compactor's context bases are judged with. */
export type VerifiedContext = Pick<CompactorContext, 'baseProof' | 'bases' | 'log' | 'manifests' | 'state' | 'store'>;

/**
 * Judges bases by verifications of the live tables, where bases are proven by that, or cannot be
 * proven otherwise: what a verification compares has come from the rows of those bases.
 */
export class VerifiedBases {
  readonly #context: VerifiedContext;
  readonly #written: WrittenBases;

  constructor(context: VerifiedContext, written: WrittenBases) {
    this.#context = context;
    this.#written = written;
  }

  /**
   * Bases that a verification of clones made now says something about: their rows were those of
   * the live tables. One that is written after the clones may have rows that were changed since,
   * also where it stands at the same batch.
   */
  clonable(): BaseName[] {
    const live = currentGenerations(this.#context.state.generations()).filter(({ state }) => state === 'live');
    return live.flatMap((one) => this.#written.of(one).map((n) => ({ tableId: one.tableId, n })));
  }

  /** `cloned`: what `clonable` had when the clones were made that were compared. */
  async judge(compared: readonly ComparedTable[], cloned: readonly BaseName[]): Promise<void> {
    const { bases, baseProof, log, store } = this.#context;
    if (baseProof === 'none') return;
    let floors: ReadonlyMap<string, number> | null = null;
    const equalOf = new Map(compared.map(({ tableId, equal }) => [tableId, equal]));
    for (const { tableId, n } of cloned) {
      const equal = equalOf.get(tableId);
      const base = equal === undefined ? null : await bases.read({ tableId, n });
      if (equal === undefined || base === null || base.proof !== null) continue;
      if (baseProof === 'rebuild') {
        floors ??= await readFloors(store);
        if (await canProve(this.#context, base.plan, floors)) continue;
      }
      const reason = equal ? {} : { reason: 'a verification since has found differences between source and warehouse' };
      await putBaseProof(store, { tableId, n, by: 'verify', equal, ...reason, at: isoTime(systemTime.wall()) });
      log.info({ table: base.plan.table, base: n, equal }, 'base judged by a verification');
    }
  }
}
