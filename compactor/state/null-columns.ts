import { hasTuples } from '../../core/shown-column.ts';
import { isShownNotNull } from '../../core/table.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import { queryAll } from '../../warehouse/cluster/shards.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { storageColumn } from '../storage/clickhouse-types.ts';
import type { Generation } from './generation.ts';

/**
 * Ids, in order, of columns that are NOT NULL at the source but NULL in a row of the storage: NaN
 * of a decimal, or a row that the stream removes later than the catalog knew. Looks at columns that
 * have become NOT NULL, and at those that had a NULL before.
 */
export async function columnsWithNull(
  engine: Engine,
  { storage, nullable = [] }: Pick<Generation, 'storage' | 'nullable'>,
  change: { from: TableSchema; to: TableSchema },
): Promise<number[]> {
  const { from, to } = change;
  const before = new Set(from.columns.filter((column) => isShownNotNull(from, column)).map(({ id }) => id));
  const asked = to.columns.filter((column) => isShownNotNull(to, column) && (!before.has(column.id) || nullable.includes(column.id)));
  // The rows of a table without a key cancel each other out only when each is there once.
  if (to.identity === 'full')
    return having(engine, { storage, columns: asked, sum: 'sumIf(t._tr_sign, @) > 0', final: 'FINAL', condition: '1' });
  // Only old versions of rows may have a NULL. When no version has one, nothing has to be merged to
  // know that.
  const condition = to.identity === 'key' ? 't._tr_deleted = 0' : '1';
  const some = await having(engine, { storage, columns: asked, sum: 'countIf(@) > 0', final: '', condition });
  const suspected = asked.filter(({ id }) => some.includes(id));
  return having(engine, { storage, columns: suspected, sum: 'countIf(@) > 0', final: 'FINAL', condition });
}

/**
 * The generation with the NULLs that its next files or chunks report; the same object when they
 * report nothing new.
 */
export function withNulls(generation: Generation, files: readonly { readonly nulls?: readonly number[] | undefined }[]): Generation {
  const { nullable = [] } = generation;
  const added = new Set(files.flatMap(({ nulls = [] }) => nulls).filter((id) => !nullable.includes(id)));
  return added.size === 0 ? generation : { ...generation, nullable: [...nullable, ...added].toSorted((a, b) => a - b) };
}

async function having(
  engine: Engine,
  asked: { storage: string; columns: readonly Column[]; sum: string; final: 'FINAL' | ''; condition: string },
): Promise<number[]> {
  const { storage, columns, sum, final, condition } = asked;
  if (columns.length === 0) return [];
  const each = columns.map((column) => `${sum.replace('@', isNullSql(column, 't'))} AS ${storageColumn(column.id)}`);
  const statement = sql('null-columns', { storage: quoteCh(storage), columns: each.join(', '), final, condition });
  const found = await queryAll<Record<string, number>>(engine, statement);
  return columns.filter(({ id }) => found.some((one) => Number(one[storageColumn(id)]) === 1)).map(({ id }) => id);
}

/** Whether a column of a row is NULL, as SQL. */
export function isNullSql({ id, type }: Column, alias: string): string {
  const stored = `${alias}.${storageColumn(id)}`;
  return type.kind !== 'array' && hasTuples(type) ? `isNull(tupleElement(${stored}, 1))` : `isNull(${stored})`;
}
