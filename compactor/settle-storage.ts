import { sql } from '../warehouse-sql/load.ts';
import { beginAgain } from './begin-again.ts';
import type { CompactorContext } from './context.ts';
import type { Generation } from './state/generation.ts';
import { settledFacts } from './state/storage-version.ts';

/**
 * Brings the storage of a warehouse to the version of this program, and notes that. Where its rows
 * are of no use any more, or a table has none any more, every table is built again from the lake;
 * the old ones stay readable until then. It may be interrupted and repeated.
 */
export async function settleStorage({ state, engine, log }: Pick<CompactorContext, 'engine' | 'log' | 'state'>): Promise<void> {
  const { storage } = state;
  for (const { what } of storage.due) log.info({ what }, 'storage of the warehouse migrated');
  const lost = await lostGenerations({ state, engine });
  for (const { name, storage: missing } of lost) log.error({ table: name, storage: missing }, 'storage of a table is missing');
  if (lost.length > 0 || storage.due.some(({ rebuilds }) => rebuilds === true)) {
    log.warn({ version: storage.newest }, 'the warehouse is built again, in the storage of this version');
    await beginAgain({ state, engine }, { request: null, elsewhere: null });
  }
  await state.save(
    ...lost.map((one): Generation => ({ ...state.newest(one), state: 'dropped', visible: false, storage: '', staged: null })),
  );
  await state.saveFacts(settledFacts(state.facts, storage));
}

/**
 * Generations with rows whose storage is not there: a full disk took its definition
 * (warehouse/disk/definition-files.ts), or somebody dropped it.
 */
async function lostGenerations({ state, engine }: Pick<CompactorContext, 'engine' | 'state'>): Promise<Generation[]> {
  const stored = state
    .generations()
    .filter((one) => one.storage !== '' && one.state !== 'dropped' && (one.state !== 'copying' || one.chunks > 0));
  if (stored.length === 0) return [];
  const there = new Set((await engine.query<{ name: string }>(sql('our-tables'))).map(({ name }) => name));
  return stored.filter((one) => !there.has(one.storage));
}
