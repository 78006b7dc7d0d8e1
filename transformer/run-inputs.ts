import { readsOf } from './build/reads.ts';
import type { Model } from './folder/model.ts';
import { idOf } from './folder/databases.ts';
import { testsOf } from './quality/model-tests.ts';

/** Tables of the source that the models of a run and their tests read. Pure. */
export function tablesOf(taken: readonly Model[], models: readonly Model[]): string[] {
  const byId = new Map(models.map((model) => [model.id, model]));
  const found = new Set<string>();
  for (const model of taken) {
    for (const table of readsOf(model, byId).tables) found.add(table);
    for (const id of readByTests(model)) if (!byId.has(id)) found.add(id);
  }
  // Views that are taken as shown read the freeze, too.
  for (const model of readAsShown(taken, models)) {
    if (model.kind === 'view') for (const table of readsOf(model, byId).tables) found.add(table);
  }
  return [...found].toSorted();
}

/** Models that are read in a run and not built in it. Pure. */
export function readAsShown(taken: readonly Model[], models: readonly Model[]): Model[] {
  const byId = new Map(models.map((model) => [model.id, model]));
  const built = new Set(taken.map(({ id }) => id));
  const names = new Set<string>();
  const visit = (id: string): void => {
    const model = byId.get(id);
    if (model === undefined || built.has(id) || names.has(id)) return;
    names.add(id);
    if (model.kind === 'view') for (const input of model.inputs) visit(input);
  };
  for (const model of taken) for (const id of [...model.inputs, ...readByTests(model)]) visit(id);
  return models.filter(({ id }) => names.has(id));
}

function readByTests(model: Model): string[] {
  return testsOf(model).flatMap(({ reads }) => reads.map(idOf));
}
