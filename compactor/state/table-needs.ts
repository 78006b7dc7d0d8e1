import { oidOf } from '../../core/table.ts';
import type { TableNeeds, TablePosition } from '../../lake/readers.ts';
import type { Front } from './front.ts';
import type { Generation } from './generation.ts';
import { standing } from './position.ts';

/**
 * Tables with what they need of the lake. A live one that needs just the batches after the front
 * says nothing, so that position.json stays small.
 */
export function withNeeds(tables: readonly TablePosition[], generations: readonly Generation[], front: Front): TablePosition[] {
  const livesOf = Map.groupBy(generations, ({ oid }) => oid);
  return tables.map((table) => {
    const needs = tableNeeds(livesOf.get(oidOf(table.tableId)) ?? [], front);
    const plain = table.state === 'live' && needs?.source === null && needs.manifest === front.manifest;
    return plain ? table : { ...table, needs };
  });
}

/**
 * What the generations of one table still need; null: nothing, because all of them wait or failed.
 * They come back by a copy or a base.
 */
export function tableNeeds(lives: readonly Generation[], front: Front): TableNeeds | null {
  const moving = lives.filter(({ state }) => state === 'live' || state === 'catching-up' || state === 'copying');
  if (moving.length === 0) return null;
  const loading = moving.findLast(({ state }) => state === 'copying');
  return { manifest: Math.min(...moving.map((one) => standing(one, front).manifest)), source: sourceOf(loading) };
}

function sourceOf(loading: Generation | undefined): TableNeeds['source'] {
  if (loading === undefined) return null;
  return loading.base === undefined ? { copy: loading.generation } : { base: loading.base.n };
}
