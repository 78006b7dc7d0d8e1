import type { Fact, Step } from './item.ts';

/**
 * Leaves out steps whose rows a later truncate of the same plan removes anyway: a table that is
 * truncated often costs one step a window, not one per truncate. Only steps of the truncate's own
 * schema right before it go. A fact, another schema, or a truncate that is applied in part keeps
 * what is before it.
 */
export function withoutTruncated(items: readonly (Step | Fact)[]): (Step | Fact)[] {
  const kept: (Step | Fact)[] = [];
  for (const item of items) {
    if (item.kind !== 'step' || !item.truncates || item.before !== null) {
      kept.push(item);
      continue;
    }
    let { at } = item;
    for (let last = kept.at(-1); last?.kind === 'step' && last.schema === item.schema && last.before === null; last = kept.at(-1)) {
      at = last.at;
      kept.pop();
    }
    kept.push({ ...item, at });
  }
  return kept;
}
