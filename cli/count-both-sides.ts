import { tableRules } from '../core/config.ts';
import type { Config } from '../core/config.ts';
import type { Log } from '../core/log.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { connect } from '../postgres/session/connect.ts';
import { proveSource } from '../snapshotter/prove-source.ts';
import type { Reconcile } from '../transformer/quality/reconcile.ts';
import { verify } from '../verifier/verify.ts';
import { openWarehouse } from '../warehouse/open-engine.ts';
import { sourceOf } from './ends.ts';
import { meantTables } from './meant-tables.ts';

/** How long open transactions of the source may delay the position, while the compactor waits. */
const LOCK_TIMEOUT_MS = 10_000;

/** What counting needs; null without a source. */
export function reconcileWith(
  config: Pick<Config, 'source' | 'tables' | 'table' | 'mask.salt' | 'warehouse'>,
  { store, warehouseId, log, signal }: { store: ObjectStore; warehouseId: string; log: Log; signal: AbortSignal },
): Reconcile | null {
  if (config.source === undefined) return null;
  const source = sourceOf(config, 'reconcile');
  const meant = async (named: readonly string[]): Promise<string[]> => {
    await using connection = await connect(source, { role: 'sql' });
    const tables = await meantTables(connection, { store, log, globs: config.tables ?? null, named });
    return tables.map(({ table }) => table);
  };
  return async (named) => {
    const tables = await meant(named);
    await using engine = await openWarehouse({ uri: config.warehouse, role: 'reader', log });
    return await verify({
      source,
      store,
      engine,
      warehouseId,
      prove: proveSource(store),
      salt: tableRules(config).salt,
      tables,
      rowsOnly: true,
      lockTimeoutMs: LOCK_TIMEOUT_MS,
      log,
      signal,
    });
  };
}
