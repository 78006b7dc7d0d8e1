import type { Lsn } from '../core/lsn.ts';
import type { Manifest } from '../lake/manifest.ts';
import { CLICKHOUSE, clickhouseCodeOf } from '../warehouse/clickhouse-code.ts';
import { TailraceError } from '../core/errors.ts';
import { applyItem, brokenOffAt } from './apply.ts';
import { generationKey } from './state/generation.ts';
import type { Generation } from './state/generation.ts';
import { copyUnresolved, park, stop } from './life.ts';
import { planTable, positionAfter, sum } from './plan/plan.ts';
import type { StepLimits, TableWork } from './plan/plan.ts';
import { standing } from './state/position.ts';
import { isTableError } from './state/table-error.ts';
import type { CompactorContext } from './context.ts';

/** Batches that are applied to some generations in one go. */
export interface Window {
  readonly generations: readonly Generation[];
  /** consecutive */
  readonly manifests: readonly Manifest[];
  /** of the last batch only commits below this are applied; null: all */
  readonly before: Lsn | null;
}

/** What was applied, and the generations that have come through: neither stopped nor failed. */
export interface WindowResult {
  readonly through: readonly Generation[];
  readonly tables: number;
  readonly steps: number;
  readonly rows: number;
  readonly bytes: number;
}

/** A step that the engine died of so often is made smaller. */
const DEATHS = 3;

/**
 * Applies windows: table by table, each by itself, so that a failing one is set aside and the
 * others go on.
 */
export class WindowApplier {
  readonly #context: CompactorContext;
  /** Tables whose steps had to be made smaller, or that the engine died of. */
  readonly #troubles = new Map<string, { deaths: number; limits: StepLimits }>();

  constructor(context: CompactorContext) {
    this.#context = context;
  }

  /**
   * Rejects when the warehouse or the lake is out of reach; then the same window is applied again,
   * which changes nothing that was applied.
   */
  async apply(window: Window): Promise<WindowResult> {
    const total = { through: [] as Generation[], tables: 0, steps: 0, rows: 0, bytes: 0 };
    const touched = tablesIn(window.manifests);
    for (const generation of window.generations) {
      const work = workOf(generation, window, standing(generation, this.#context.state.front));
      if (!touched.has(generation.tableId) && !isInterrupted(generation, window)) {
        total.through.push({ ...generation, position: laterOf(generation, positionAfter(work)) });
        continue;
      }
      const planned = planTable(work, this.#context.steps);
      const files = planned.flatMap((item) => (item.kind === 'step' ? item.files : []));
      const after = await this.#applyTable(generation, work, window);
      if (after.state === generation.state) total.through.push({ ...after, position: laterOf(after, positionAfter(work)) });
      total.tables += files.length > 0 ? 1 : 0;
      total.steps += planned.length;
      total.rows += sum(files, 'rows');
      total.bytes += sum(files, 'bytes');
    }
    return total;
  }

  async #applyTable(first: Generation, work: TableWork, window: Window): Promise<Generation> {
    const { state, log } = this.#context;
    const key = generationKey(first);
    for (;;) {
      const trouble = this.#troubles.get(key) ?? { deaths: 0, limits: this.#context.steps };
      const newest = state.newest(first);
      try {
        const after = await this.#applyItems(
          newest,
          { ...work, position: standing(newest, state.front) },
          { window, limits: trouble.limits },
        );
        this.#troubles.delete(key);
        return after;
      } catch (error) {
        if (await this.#canShrink(key, error, trouble)) {
          log.warn({ table: first.name, limits: this.#troubles.get(key)?.limits, error }, 'step is made smaller');
          continue;
        }
        if (!isTableError(error)) throw error;
        const failed = state.newest(first);
        const unresolved = error instanceof TailraceError && error.code === 'VALUE_UNRESOLVED';
        return unresolved ? copyUnresolved(this.#context, failed, error) : park(this.#context, failed, error);
      }
    }
  }

  async #applyItems(first: Generation, work: TableWork, how: { window: Window; limits: StepLimits }): Promise<Generation> {
    let generation = first;
    const newEpoch = how.window.manifests.find((manifest) => manifest.epoch > first.epoch);
    // What a verification had applied in part is first brought to its end: resolved anew, it would
    // no longer be found under the keys it had.
    const rest = brokenOffAt(first, work.before);
    for (const before of rest === null ? [work.before] : [rest, work.before]) {
      const position = generation === first ? work.position : standing(generation, this.#context.state.front);
      for (const item of planTable({ ...work, position, before }, how.limits)) {
        generation = await applyItem(this.#context, generation, item);
        if (generation.state !== first.state) return generation;
      }
    }
    if (newEpoch === undefined) return generation;
    const at = { manifest: newEpoch.number - 1, files: 0, lsn: generation.position.lsn };
    return stop(this.#context, generation, { at, reason: `epoch ${newEpoch.epoch} has begun`, needs: 'nothing' });
  }

  /**
   * Out of memory, or dead of this step several times while the engine otherwise lives: half the
   * size. Rejects with the failure of a table at one file.
   */
  async #canShrink(key: string, error: unknown, trouble: { deaths: number; limits: StepLimits }): Promise<boolean> {
    const outOfMemory = clickhouseCodeOf(error) === CLICKHOUSE.memoryLimit;
    if (!outOfMemory) {
      const died = this.#context.engine.kind === 'embedded' && error instanceof TailraceError && error.code === 'WAREHOUSE_UNAVAILABLE';
      if (!died || !(await this.#engineLives())) return false;
      if (trouble.deaths + 1 < DEATHS) {
        this.#troubles.set(key, { ...trouble, deaths: trouble.deaths + 1 });
        return true;
      }
    }
    const { rows, bytes, files } = trouble.limits;
    if (files === 1) return false;
    this.#troubles.set(key, {
      deaths: 0,
      limits: { rows: Math.ceil(rows / 2), bytes: Math.ceil(bytes / 2), files: Math.max(1, Math.floor(Math.min(files, 64) / 2)) },
    });
    return true;
  }

  async #engineLives(): Promise<boolean> {
    return this.#context.engine.query('SELECT 1 AS one').then(
      () => true,
      () => false,
    );
  }
}

/** Most tables have nothing in a window, and cost nothing. */
function tablesIn(manifests: readonly Manifest[]): Set<string> {
  return new Set(manifests.flatMap(({ files, catalog }) => [...files, ...catalog].map(({ tableId }) => tableId)));
}

/**
 * Something is to be done whatever the window holds: the rest of a step, or to stop where another
 * epoch begins.
 */
function isInterrupted(generation: Generation, { manifests }: Window): boolean {
  return generation.staged !== '' || (manifests.at(-1)?.epoch ?? 0) > generation.epoch;
}

function workOf(generation: Generation, window: Window, position: TableWork['position']): TableWork {
  return { tableId: generation.tableId, position, manifests: window.manifests, before: window.before };
}

function laterOf(generation: Generation, position: Generation['position']): Generation['position'] {
  return generation.position.manifest > position.manifest ? generation.position : position;
}
