import { qualifiedName } from '../core/table.ts';
import { describeError } from '../core/errors.ts';
import { generationKey } from './generation.ts';
import type { Generation } from './generation.ts';
import { park, showTable } from './life.ts';
import { dropStorage } from './storage.ts';
import { isTableError } from './table-error.ts';
import { dropViewsExcept } from './view.ts';
import type { Workshop } from './workshop.ts';

const TOGETHER = 32;

/** Every table of ours that is not state. */
const OURS = '^(t[0-9]+_[0-9]+_g|staging_|clone_|input_)';

/**
 * After a start: views say what the state says (a crash may lie between the two), then what nothing
 * refers to any more goes. In this order, so that no view ever shows a table that is gone.
 */
export async function recover(shop: Workshop): Promise<void> {
  await showViews(shop);
  await dropOrphans(shop);
}

async function showViews(shop: Workshop): Promise<void> {
  const visible = shop.state.generations().filter((one) => one.visible);
  await dropViewsExcept(shop.engine, visible);
  await readSchemas(shop, visible);
  // Of two tables with one name the later made one has it.
  for (const one of visible.toSorted((a, b) => a.oid - b.oid)) {
    try {
      await showTable(shop, one);
    } catch (error) {
      if (!isTableError(error)) throw error;
      if (one.state === 'live') await park(shop, one, error);
      else
        shop.log.warn(
          { table: qualifiedName(one.schema, one.name), key: generationKey(one), error: describeError(error) },
          'view not made',
        );
    }
  }
}

/**
 * Together: one after the other, those of a thousand tables are many seconds on S3. One that fails
 * is told of where its table is.
 */
async function readSchemas({ schemas }: Workshop, generations: readonly Generation[]): Promise<void> {
  for (let at = 0; at < generations.length; at += TOGETHER)
    await Promise.allSettled(generations.slice(at, at + TOGETHER).map(({ tableId, schemaHash }) => schemas.get(tableId, schemaHash)));
}

async function dropOrphans(shop: Workshop): Promise<void> {
  const used = new Set(shop.state.generations().flatMap((one) => [one.storage, one.staged.split('|')[0] ?? '']));
  const tables = await shop.engine.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = 'tailrace' AND match(name, '${OURS}')`,
  );
  for (const { name } of tables) {
    if (used.has(name)) continue;
    shop.log.info({ storage: name }, 'orphan dropped');
    await dropStorage(shop.engine, name);
  }
}
