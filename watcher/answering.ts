import { describeError, isAway, TailraceError } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import type { Engine } from '../warehouse/engine.ts';
import { Lane } from '../warehouse/lane.ts';
import { selectTables } from '../warehouse/select/select-tables.ts';
import { answer } from './answer.ts';
import { HeldFreezes } from './held-tables.ts';
import type { HeldTablesOptions } from './held-tables.ts';
import { earlier, inputState, shownAt } from './input-state.ts';
import type { AnsweredAt, InputState } from './input-state.ts';
import type { WatchLimits } from './watch-limits.ts';
import { planWatch } from './watch-plan.ts';
import type { Standing, WatchPlan } from './watch-plan.ts';
import type { WatchedQuery } from './watched-query.ts';

export interface AnsweringOptions extends HeldTablesOptions {
  /** A reader of the warehouse. Throws NOT_RUNNING while nobody serves it. */
  readonly openReader: () => Promise<Engine>;
  readonly limits: WatchLimits;
  readonly signal: AbortSignal;
}

/** Views may have been changed by now, so a query is planned again. */
const PLAN_MS = 10_000;
/** A restart of the compactor takes less; it is not told. */
const AWAY_MS = 8_000;

interface Planned {
  readonly query: WatchedQuery;
  readonly plan: WatchPlan;
  readonly inputs: InputState;
}

/** Executes queries: those over replicated tables together, in one freeze. */
export class Answering {
  readonly #options: AnsweringOptions;
  readonly #freezes: HeldFreezes;
  readonly #lane: Lane<string>;
  #reader: Promise<Engine> | null = null;
  #awaySinceMs: number | null = null;

  constructor(options: AnsweringOptions) {
    this.#options = options;
    this.#freezes = new HeldFreezes(options);
    this.#lane = new Lane(Array.from({ length: options.limits.running }, (_, n) => String(n)));
  }

  /** Never rejects: a failure goes to the listeners of its query. */
  async answer(queries: readonly WatchedQuery[], standing: Standing): Promise<void> {
    const planned = (await Promise.all(queries.map((query) => this.#plan(query, standing)))).filter((one) => one !== null);
    const [frozen, shown] = [planned.filter(({ plan }) => plan.tables.length > 0), planned.filter(({ plan }) => plan.tables.length === 0)];
    await Promise.all([this.#answerFrozen(frozen, standing), ...shown.map((one) => this.#execute(one, null, shownAt(one.plan, standing)))]);
  }

  /** Throws BAD_QUERY when the engine cannot read the text; nothing while it does not answer. */
  async check(select: string): Promise<void> {
    try {
      await selectTables(await this.#open(), select);
    } catch (error) {
      if (error instanceof TailraceError && error.code === 'BAD_QUERY') throw error;
      await this.#forgetReader();
    }
  }

  /** Ends what is held; nobody listens any more. */
  async rest(): Promise<void> {
    await this.#freezes.end();
    await this.#forgetReader();
  }

  async #plan(query: WatchedQuery, standing: Standing): Promise<Planned | null> {
    try {
      if (query.plan === null || elapsed() - query.plannedAtMs > PLAN_MS) {
        query.plan = await planWatch(await this.#open(), query.select, standing);
        query.plannedAtMs = elapsed();
      }
      return { query, plan: query.plan, inputs: inputState(query.plan, standing) };
    } catch (error) {
      await this.#fail(query, error, null);
      return null;
    }
  }

  async #answerFrozen(all: readonly Planned[], standing: Standing): Promise<void> {
    if (all.length === 0) return;
    const tables = [...new Set(all.flatMap(({ plan }) => plan.tables))];
    let held;
    try {
      held = await this.#freezes.take(tables, this.#options.signal);
    } catch (error) {
      for (const { query, inputs } of all) await this.#fail(query, error, inputs);
      return;
    }
    const { name, lsn, asOf, leftOut, manifest } = held.frozen;
    try {
      await Promise.all(
        all.map(async (one) => {
          const out = leftOut.find(({ table }) => one.plan.tables.includes(table));
          const at = one.plan.marts.length === 0 ? { lsn, asOf } : earlier({ lsn, asOf }, shownAt(one.plan, standing));
          // The freeze may be later than what was known when it was asked for.
          const inputs = { ...one.inputs, changed: Math.max(one.inputs.changed, manifest) };
          if (out === undefined) return this.#execute({ ...one, inputs }, name, at);
          return this.#fail(one.query, new TailraceError('TABLE_NOT_LIVE', `${out.table} is ${out.state}`), one.inputs);
        }),
      );
    } finally {
      held.release();
    }
  }

  async #execute({ query, plan, inputs }: Planned, freeze: string | null, at: AnsweredAt): Promise<void> {
    const { limits, signal } = this.#options;
    try {
      await this.#lane.run(async () => {
        query.executions += 1;
        query.answered(at, await answer(await this.#open(), { select: plan.selectAt(freeze), signal, limits }), inputs);
      });
      this.#awaySinceMs = null;
      query.ended(elapsed());
    } catch (error) {
      await this.#fail(query, error, inputs);
    }
  }

  async #fail(query: WatchedQuery, error: unknown, inputs: InputState | null): Promise<void> {
    const { signal, log } = this.#options;
    const away = isAway(error) || (error instanceof TailraceError && error.code === 'NOT_RUNNING');
    if (away) await this.#forgetReader();
    this.#awaySinceMs = away ? (this.#awaySinceMs ?? elapsed()) : null;
    const tell = !signal.aborted && (this.#awaySinceMs === null || elapsed() - this.#awaySinceMs > AWAY_MS);
    log.debug({ error: describeError(error) }, 'watched query not answered');
    query.failed(error, { inputs: away ? null : inputs, tell });
    query.ended(elapsed());
  }

  #open(): Promise<Engine> {
    this.#reader ??= this.#options.openReader();
    return this.#reader;
  }

  /** The next query opens another: after a restart the endpoint may be elsewhere. */
  async #forgetReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    await reader?.then(
      (engine) => engine.close(),
      () => undefined,
    );
  }
}
