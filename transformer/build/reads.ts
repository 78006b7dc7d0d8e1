import type { Model } from '../folder/model.ts';

/** The parts of a model that say what it reads. */
type Reader = Pick<Model, 'id' | 'kind' | 'inputs' | 'by'>;

/** What a model reads. A view in between is not a table of its own: its inputs are read. */
export interface Reads {
  /** Tables of the source, `schema.table`. */
  readonly tables: readonly string[];
  /** Those of `tables` whose changes `@by` follows wherever they are read. */
  readonly followed: readonly string[];
  /** Models with rows of their own. */
  readonly stored: readonly string[];
  /** Tables of the source, also those behind stored models. */
  readonly sources: readonly string[];
}

/** What a model reads, by the folder's models. Pure. */
export function readsOf(model: Reader, models: ReadonlyMap<string, Reader>): Reads {
  const [tables, stored, through, sources] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()];
  const followed = new Set(model.by.map(({ input }) => input));
  for (const input of model.inputs) {
    const read = models.get(input);
    if (read === undefined) {
      tables.add(input);
      sources.add(input);
      if (!followed.has(input)) through.add(input);
      continue;
    }
    const theirs = readsOf(read, models);
    for (const table of theirs.sources) sources.add(table);
    if (read.kind !== 'view') {
      stored.add(read.id);
      continue;
    }
    for (const table of theirs.tables) through.add(table);
    for (const one of theirs.stored) stored.add(one);
  }
  for (const table of through) tables.add(table);
  return {
    tables: [...tables].toSorted(),
    followed: [...tables].filter((table) => !through.has(table)).toSorted(),
    stored: [...stored].toSorted(),
    sources: [...sources].toSorted(),
  };
}
