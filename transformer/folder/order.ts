import type { Model } from './model.ts';

type Node = Pick<Model, 'id' | 'inputs'>;

/**
 * Models so that each comes after the models that it reads; otherwise by id.
 * `cycle`: models that read each other in a ring, the first one again at the end.
 */
export function inOrder<M extends Node>(models: readonly M[]): { readonly ordered: M[]; readonly cycle: string[] | null } {
  const byId = new Map(models.map((model) => [model.id, model]));
  const ordered: M[] = [];
  const done = new Set<string>();
  let cycle: string[] | null = null;
  const visit = (model: M, path: readonly string[]): void => {
    if (done.has(model.id) || cycle !== null) return;
    const begins = path.indexOf(model.id);
    if (begins !== -1) {
      cycle = [...path.slice(begins), model.id];
      return;
    }
    for (const input of model.inputs) {
      const read = byId.get(input);
      if (read) visit(read, [...path, model.id]);
    }
    done.add(model.id);
    ordered.push(model);
  };
  for (const model of models.toSorted((a, b) => (a.id < b.id ? -1 : 1))) visit(model, []);
  return { ordered, cycle };
}
