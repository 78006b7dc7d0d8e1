import type { TableNeeds } from '../../lake/readers.ts';
import type { Front } from './front.ts';
import type { Generation } from './generation.ts';
import { standing } from './position.ts';

/**
 * What the generations of one table still need of the lake; null: nothing, because all of them
 * wait or failed. They come back by a copy or a base.
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
