import { failpoint } from '../core/failpoint.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { Engine } from './engine.ts';
import { placeOf, TABLE_SETTINGS } from './place.ts';

/** A table and its clone, each `database`.`name` in backticks. */
export interface CloneOrder {
  readonly storage: string;
  readonly clone: string;
}

/**
 * Makes a copy of a table from hard links, in milliseconds. It has the settings of the table. A
 * copy of that name, also half of one that a crash left, is dropped first, so this may be repeated.
 * Errors are the engine's.
 */
export async function cloneToGrow(engine: Pick<Engine, 'exec'>, order: CloneOrder): Promise<void> {
  await createClone(engine, order);
  await engine.exec(sql('fill-clone', { ...order }));
}

/**
 * The same for a copy that is only read: it is never merged, not even with the forced merge that
 * its table has, because merged parts would no longer be links.
 */
export async function cloneToRead(engine: Pick<Engine, 'exec' | 'query'>, order: CloneOrder): Promise<void> {
  await createClone(engine, order);
  // Before there are parts, because ClickHouse may choose some for a merge at once.
  const settings = (await placeOf(engine)).tableSettings(TABLE_SETTINGS.clone);
  if (settings !== '') await engine.exec(sql('keep-parts', { clone: order.clone, settings }));
  await engine.exec(sql('fill-clone', { ...order }));
}

/** Drops a copy, if it is there. */
export async function dropClone(engine: Pick<Engine, 'exec'>, clone: string): Promise<void> {
  await engine.exec(sql('drop-clone', { clone }));
}

async function createClone(engine: Pick<Engine, 'exec'>, order: CloneOrder): Promise<void> {
  await dropClone(engine, order.clone);
  await engine.exec(sql('create-clone', { ...order }));
  failpoint('clone-created');
}
