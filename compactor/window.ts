import type { Lsn } from '../core/lsn.ts';
import type { Manifest } from '../lake/manifest.ts';
import { CLICKHOUSE, clickhouseCodeOf } from '../warehouse/clickhouse-code.ts';
import { shardsOf } from '../warehouse/cluster/shards.ts';
import { TailraceError } from '../core/errors.ts';
import { sql } from '../warehouse-sql/load.ts';
import { applyItem, brokenOffAt } from './apply.ts';
import { atOnce } from './at-once.ts';
import { generationKey } from './state/generation.ts';
import type { Generation } from './state/generation.ts';
import { copyUnresolved, park, stop } from './transitions.ts';
import { limitsOn, planTable, positionAfter, sum } from './plan/plan.ts';
import type { StepLimits, TableWork } from './plan/plan.ts';
import { standing } from './state/position.ts';
import type { Position } from './state/position.ts';
import { isTableError } from './state/table-error.ts';
import type { CompactorContext } from './context.ts';

/** Batches that are applied together to some generations. */
export interface Window {
  readonly generations: readonly Generation[];
  /** Consecutive. */
  readonly manifests: readonly Manifest[];
  /** Only commits of the last batch below this are applied; null: all. */
  readonly before: Lsn | null;
}

/** What was applied: only what was executed counts, and nothing of a table that failed. */
export interface WindowResult {
  /** Generations that neither stopped nor failed. */
  readonly through: readonly Generation[];
  /** Tables of which a row was applied. */
  readonly tables: number;
  /** Items of the plans, facts of the catalog among them. */
  readonly steps: number;
  /** Rows of the files, before anything is merged. */
  readonly rows: number;
  readonly bytes: number;
}

/** The same of one table, and its generation afterwards. */
interface AppliedTable {
  readonly after: Generation;
  readonly steps: number;
  readonly rows: number;
  readonly bytes: number;
}

const NOTHING = { steps: 0, rows: 0, bytes: 0 };

/** A step that the engine died of this often is made smaller. */
const DEATHS = 3;

/**
 * Applies windows table by table, each separately, so that a failing one is parked and the others
 * continue. Some tables are applied at the same time. Those that a window may rename, drop or stop
 * follow one by one: views of one name may pass from one of them to another.
 */
export class WindowApplier {
  readonly #context: CompactorContext;
  /** Tables whose steps were made smaller, or that the engine died of. */
  readonly #troubles = new Map<string, { deaths: number; limits: StepLimits }>();

  constructor(context: CompactorContext) {
    this.#context = context;
  }

  /**
   * Rejects when the warehouse or the lake is unavailable. The same window is then applied again,
   * which changes nothing that was applied.
   */
  async apply(window: Window): Promise<WindowResult> {
    const total = { through: [] as Generation[], tables: 0, steps: 0, rows: 0, bytes: 0 };
    const touched = tablesIn(window.manifests);
    const busy = window.generations.filter((one) => touched.has(one.tableId) || isInterrupted(one, window));
    const keepsShape = (one: Generation): boolean => isReadAs(one, touched.get(one.tableId)) && !endsEpoch(one, window);
    const works = new Map(window.generations.map((one) => [one, workOf(one, window, standing(one, this.#context.state.front))]));
    const applied = new Map<Generation, AppliedTable>();
    const apply = async (one: Generation): Promise<void> => {
      applied.set(one, await this.#applyTable(one, works.get(one) ?? workOf(one, window, one.position), window));
    };
    await atOnce(this.#context.parallel, busy.filter(keepsShape), apply);
    for (const one of busy) if (!applied.has(one)) await apply(one);
    for (const generation of window.generations) {
      const work = works.get(generation) ?? workOf(generation, window, generation.position);
      const { after, steps, rows, bytes } = applied.get(generation) ?? { after: generation, ...NOTHING };
      if (after.state === generation.state) total.through.push({ ...after, position: laterOf(after, positionAfter(work)) });
      total.tables += rows > 0 ? 1 : 0;
      total.steps += steps;
      total.rows += rows;
      total.bytes += bytes;
    }
    return total;
  }

  async #applyTable(first: Generation, work: TableWork, window: Window): Promise<AppliedTable> {
    const { state, log, engine, steps } = this.#context;
    const key = generationKey(first);
    for (;;) {
      const trouble = this.#troubles.get(key) ?? { deaths: 0, limits: limitsOn(shardsOf(engine).length, steps, first) };
      const newest = state.newest(first);
      try {
        const applied = await this.#applyItems(
          newest,
          { ...work, position: standing(newest, state.front) },
          { window, limits: trouble.limits },
        );
        this.#troubles.delete(key);
        return applied;
      } catch (error) {
        if (await this.#canShrink(key, error, trouble)) {
          log.warn({ table: first.name, limits: this.#troubles.get(key)?.limits, error }, 'step is made smaller');
          continue;
        }
        if (!isTableError(error)) throw error;
        const failed = state.newest(first);
        const unresolved = error instanceof TailraceError && error.code === 'VALUE_UNRESOLVED';
        const after = await (unresolved ? copyUnresolved(this.#context, failed, error) : park(this.#context, failed, error));
        // Steps before the failure do not count: they are applied again, or a copy replaces them.
        return { after, ...NOTHING };
      }
    }
  }

  async #applyItems(first: Generation, work: TableWork, how: { window: Window; limits: StepLimits }): Promise<AppliedTable> {
    let after = first;
    const done = { ...NOTHING };
    const newEpoch = how.window.manifests.find((manifest) => manifest.epoch > first.epoch);
    // A step that a verification left applied in part is completed first: resolved again as a
    // whole, its rows would no longer be under the keys that they had.
    const rest = brokenOffAt(first, work.before);
    for (const before of rest === null ? [work.before] : [rest, work.before]) {
      const position = after === first ? work.position : standing(after, this.#context.state.front);
      for (const item of planTable({ ...work, position, before, keepsTruncated: first.history !== undefined }, how.limits)) {
        after = await applyItem(this.#context, after, item);
        // The step's schema needs a copy, so the step was not applied.
        if (item.kind === 'step' && after.state === 'waiting') return { after, ...done };
        done.steps += 1;
        done.rows += item.kind === 'step' ? sum(item.files, 'rows') : 0;
        done.bytes += item.kind === 'step' ? sum(item.files, 'bytes') : 0;
        if (after.state !== first.state) return { after, ...done };
      }
    }
    if (newEpoch === undefined) return { after, ...done };
    const at = { manifest: newEpoch.number - 1, files: 0, lsn: after.position.lsn };
    const stopped = await stop(this.#context, after, { at, reason: `epoch ${newEpoch.epoch} has begun`, needs: 'nothing' });
    return { after: stopped, ...done };
  }

  /**
   * Whether the step is tried again at half its size: the engine was short of memory, or it died
   * of this step several times and otherwise lives. Rejects with the failure of a table whose step
   * has one file.
   */
  async #canShrink(key: string, error: unknown, trouble: { deaths: number; limits: StepLimits }): Promise<boolean> {
    const outOfMemory = clickhouseCodeOf(error) === CLICKHOUSE.memoryLimit;
    if (!outOfMemory) {
      const died = this.#context.engine.traits.diesAlone && error instanceof TailraceError && error.code === 'WAREHOUSE_UNAVAILABLE';
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
    return this.#context.engine.query(sql('engine-lives')).then(
      () => true,
      () => false,
    );
  }
}

/** Hashes of the schemas of a table's files in a window; null among them: facts of the catalog. */
type Touched = ReadonlySet<string | null>;

/** Tables in a window, by id: most tables have nothing in it, and then cost nothing. */
function tablesIn(manifests: readonly Manifest[]): Map<string, Touched> {
  const tables = new Map<string, Set<string | null>>();
  const note = (tableId: string, what: string | null): void => {
    const known = tables.get(tableId) ?? new Set();
    tables.set(tableId, known.add(what));
  };
  for (const { files, catalog } of manifests) {
    for (const { tableId, schema } of files) note(tableId, schema);
    for (const { tableId } of catalog) note(tableId, null);
  }
  return tables;
}

/** The window has only rows for the table, in the schema that it has already. */
function isReadAs({ schemaHash }: Generation, touched: Touched = new Set()): boolean {
  return [...touched].every((schema) => schema === schemaHash);
}

/**
 * Something is to do even when the window has nothing for the table: the rest of a step, or to stop
 * where another epoch begins.
 */
function isInterrupted(generation: Generation, { manifests }: Window): boolean {
  return generation.staged !== null || endsEpoch(generation, { manifests });
}

function endsEpoch({ epoch }: Generation, { manifests }: Pick<Window, 'manifests'>): boolean {
  return (manifests.at(-1)?.epoch ?? 0) > epoch;
}

function workOf(generation: Generation, window: Window, position: Position): TableWork {
  return { tableId: generation.tableId, position, manifests: window.manifests, before: window.before };
}

function laterOf(generation: Generation, position: Position): Position {
  return generation.position.manifest > position.manifest ? generation.position : position;
}
