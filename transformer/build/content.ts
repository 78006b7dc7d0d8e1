import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { literalCh, quoteCh } from '../../warehouse/names.ts';
import { MODELS_DATABASE } from './touched-groups.ts';

/** Columns that a storage has beside those of its model. */
const OWN = new Set(['_tr_version', '_tr_deleted']);

/** A text that is equal for storages with equal rows, in any order. */
export async function contentOf(engine: Pick<Engine, 'query'>, storage: string): Promise<string> {
  const found = await engine.query<{ name: string }>(
    sql('column-names', { database: literalCh(MODELS_DATABASE), table: literalCh(storage) }),
  );
  const columns = found.filter(({ name }) => !OWN.has(name)).map(({ name }) => quoteCh(name));
  const final = columns.length === found.length ? '' : 'FINAL';
  const [content] = await engine.query<{ rows: string; hash: string }>(
    sql('hash-model', { storage: quoteCh(storage), final, columns: columns.join(', ') }),
  );
  return `${content?.rows}:${content?.hash}`;
}
