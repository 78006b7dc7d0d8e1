import { z } from 'zod';
import type { Manifest } from '../../lake/manifest.ts';
import type { TablePosition } from '../../lake/readers.ts';
import { canonicalJson } from '../../core/table.ts';
import { keptObject } from '../../lake/kept-object.ts';
import type { Generation } from './generation.ts';

/** The facts about changes, by table id. */
const PREFIX = 'changed:';

/** As the warehouse keeps it; `shown` identifies the rows that are shown. */
const change = keptObject({
  manifest: z.int().nonnegative(),
  shown: z.string(),
  /** the manifest at which its rows came into their place; absent: an older version wrote it */
  since: z.int().nonnegative().optional(),
  /** the last generation that had to catch up with changes after its copy; absent: none had */
  behind: z.int().nonnegative().optional(),
});
type Change = z.infer<typeof change>;
/** What of a batch says which tables it changes. */
type Changing = Pick<Manifest, 'number' | 'files' | 'catalog'>;

/**
 * The last manifest that changed each table, for processes that work when a table changed. It may
 * name a later manifest than that, and never an earlier one.
 */
export class TableChanges {
  readonly #changes: Map<string, Change>;

  /** `facts`: what the warehouse has kept. */
  constructor(facts: ReadonlyMap<string, string>) {
    const kept = [...facts].filter(([key]) => key.startsWith(PREFIX));
    this.#changes = new Map(kept.map(([key, value]) => [key.slice(PREFIX.length), change.parse(JSON.parse(value))]));
  }

  /** Notes batches that are applied to live tables. Returns the facts to keep with the front. */
  note(batches: readonly Changing[]): Map<string, string> {
    const changed = new Map<string, number>();
    for (const { number, files, catalog } of batches) for (const { tableId } of [...files, ...catalog]) changed.set(tableId, number);
    return this.#take([...changed].map(([tableId, manifest]) => [tableId, { shown: '', ...this.#changes.get(tableId), manifest }]));
  }

  /**
   * Notes batches that generations catch up with before they are live. Returns the facts to keep
   * before that: the numbers of `noteShown` are later than these batches.
   */
  noteBehind(generations: readonly Pick<Generation, 'tableId' | 'generation'>[], batches: readonly Changing[]): Map<string, string> {
    const changed = new Set(batches.flatMap(({ files, catalog }) => [...files, ...catalog]).map(({ tableId }) => tableId));
    const behind = generations.filter(
      ({ tableId, generation }) => changed.has(tableId) && this.#changes.get(tableId)?.behind !== generation,
    );
    return this.#take(
      behind.map(({ tableId, generation }) => [tableId, { manifest: 0, shown: '', ...this.#changes.get(tableId), behind: generation }]),
    );
  }

  /**
   * Notes tables whose rows were replaced or brought up, or that are new. Returns the facts to keep
   * before anybody learns the positions. `manifest`: that of the front.
   */
  noteShown(tables: readonly TablePosition[], manifest: number): Map<string, string> {
    const moved = tables.filter((table) => this.#changes.get(table.tableId)?.shown !== shownOf(table));
    return this.#take(
      moved.map((table) => {
        const before = this.#changes.get(table.tableId);
        const since = Math.max(before?.manifest ?? 0, manifest);
        return [table.tableId, { ...before, manifest: since, shown: shownOf(table), since }];
      }),
    );
  }

  /** Whether rows of a generation changed by a manifest above this one; null: since its copy. */
  changedSince({ tableId, generation }: Pick<Generation, 'tableId' | 'generation'>, manifest: number | null): boolean {
    const known = this.#changes.get(tableId);
    if (known === undefined) return false;
    return (manifest === null && known.behind === generation) || known.manifest > (manifest ?? known.since ?? 0);
  }

  /** The positions with the manifests of `noteShown`, which comes first. */
  on(tables: readonly TablePosition[]): TablePosition[] {
    return tables.map((table) => {
      const known = this.#changes.get(table.tableId);
      return known === undefined ? table : { ...table, changed: known.manifest };
    });
  }

  #take(changes: readonly (readonly [string, Change])[]): Map<string, string> {
    for (const [tableId, one] of changes) this.#changes.set(tableId, one);
    return new Map(changes.map(([tableId, one]) => [`${PREFIX}${tableId}`, canonicalJson(one)]));
  }
}

/** Readers of changes wait for a state too. */
function shownOf({ generation, state }: TablePosition): string {
  return `${generation} ${state}`;
}
