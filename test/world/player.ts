import { createDatabase } from '../support/postgres.ts';
import { Application } from './application.ts';
import { PlayedProduct } from './played-product.ts';
import type { World } from './world.ts';

/** What came of a world. */
export interface Outcome {
  /** Transactions that were committed. */
  readonly transactions: number;
  readonly comparisons: number;
  /** Statements that Postgres refused. */
  readonly refused: number;
  /** What was wrong, and after how many steps; null: nothing. */
  readonly failure: { readonly step: number; readonly text: string } | null;
}

/** Who does the deeds of a world: the product at work on its source. */
export interface Product {
  /** How often all tables were compared. */
  readonly comparisons: number;
  /** Throws with what is wrong. */
  do(deed: string): Promise<void>;
  /** Copies what is needed to look into a failure. */
  keep(folder: string): void;
}

/** What a world is played on. */
interface Cast {
  readonly application: Application;
  readonly product: Product;
}

/**
 * Plays a world on a database of its own of the server, with the product over it; everything is
 * gone afterwards. `keep`: where lake and warehouse are copied to when it fails.
 */
export async function play(world: World, server: { readonly url: string }, keep?: string): Promise<Outcome> {
  await using database = await createDatabase(server);
  await using application = new Application(database);
  await using product = new PlayedProduct(database, world.settings);
  return await playSteps(world, { application, product }, keep);
}

/** Plays the steps of a world up to the first that goes wrong. */
export async function playSteps(world: World, { application, product }: Cast, keep?: string): Promise<Outcome> {
  let failure: Outcome['failure'] = null;
  for (const [step, todo] of world.steps.entries()) {
    try {
      if (todo.kind === 'sql') await application.run(todo);
      else {
        if (todo.deed === 'compare') await application.idle();
        await product.do(todo.deed);
      }
    } catch (error) {
      failure = { step, text: error instanceof Error ? error.message : String(error) };
      if (keep !== undefined) product.keep(keep);
      break;
    }
  }
  return { transactions: application.committed, comparisons: product.comparisons, refused: application.refused, failure };
}
