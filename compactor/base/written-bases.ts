import { z } from 'zod';
import { generationKey } from '../state/generation.ts';
import type { Generation } from '../state/generation.ts';
import type { WarehouseState } from '../state/warehouse-state.ts';

/** The facts about bases, by table id. */
const PREFIX = 'bases:';

/** As the warehouse keeps it; `of` identifies the generation whose rows they have. */
const written = z.object({ of: z.string(), numbers: z.array(z.int().positive()) });

/**
 * Bases that the rows of a table in this warehouse were written to. A verification of those rows
 * says something about these bases alone. Once they come from a rebuild or another copy, or the
 * warehouse is a new one, it says nothing about earlier bases.
 */
export class WrittenBases {
  readonly #state: Pick<WarehouseState, 'fact' | 'saveFact'>;

  constructor(state: Pick<WarehouseState, 'fact' | 'saveFact'>) {
    this.#state = state;
  }

  /** Notes a base that was written from a generation. `open`: which ones nobody has judged yet. */
  async add(one: Generation, n: number, open: readonly number[]): Promise<void> {
    const numbers = [...this.of(one).filter((other) => open.includes(other)), n];
    await this.#state.saveFact(`${PREFIX}${one.tableId}`, JSON.stringify({ of: generationKey(one), numbers }));
  }

  /** Numbers of the bases that were written from a generation. */
  of(one: Generation): readonly number[] {
    const text = this.#state.fact(`${PREFIX}${one.tableId}`);
    const known = text === null ? null : written.parse(JSON.parse(text));
    return known?.of === generationKey(one) ? known.numbers : [];
  }
}
