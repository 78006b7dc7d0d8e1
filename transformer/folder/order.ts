import { idOf } from './databases.ts';
import type { Model } from './model.ts';

type Node = Pick<Model, 'id' | 'inputs' | 'tests'>;

/**
 * Models so that each comes after the models that it reads; otherwise by id. Models that its tests
 * refer to come before it too, where that makes no ring.
 * `cycle`: models that read each other in a ring, the first one again at the end.
 */
export function inOrder<M extends Node>(models: readonly M[]): { readonly ordered: M[]; readonly cycle: string[] | null } {
  const sorted = models.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const byId = new Map(sorted.map((model) => [model.id, model]));
  const before = new Map(sorted.map(({ id, inputs }) => [id, inputs.filter((input) => byId.has(input))]));
  const cycle = ringIn(before);
  if (cycle !== null) return { ordered: sorted, cycle };
  for (const model of sorted) {
    for (const other of referredTo(model)) {
      if (byId.has(other) && !comesAfter(other, model.id, before)) before.get(model.id)?.push(other);
    }
  }
  const ordered = new Set<M>();
  const place = (model: M): void => {
    for (const id of before.get(model.id) ?? []) {
      const read = byId.get(id);
      if (read && !ordered.has(read)) place(read);
    }
    ordered.add(model);
  };
  for (const model of sorted) place(model);
  return { ordered: [...ordered], cycle: null };
}

function referredTo({ tests }: Node): string[] {
  return tests.flatMap((test) => (test.kind === 'references' ? [idOf({ database: test.to.database, name: test.to.table })] : []));
}

/** Whether a model is `id` or needs it to be built before. */
function comesAfter(model: string, id: string, before: ReadonlyMap<string, readonly string[]>): boolean {
  return model === id || (before.get(model) ?? []).some((read) => comesAfter(read, id, before));
}

function ringIn(before: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): string[] | null => {
    if (done.has(id)) return null;
    const begins = path.indexOf(id);
    if (begins !== -1) return [...path.slice(begins), id];
    for (const read of before.get(id) ?? []) {
      const ring = visit(read, [...path, id]);
      if (ring !== null) return ring;
    }
    done.add(id);
    return null;
  };
  for (const id of before.keys()) {
    const ring = visit(id, []);
    if (ring !== null) return ring;
  }
  return null;
}
