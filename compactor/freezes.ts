import { describeError, withoutCode } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { formatLsn } from '../core/lsn.ts';
import { qualifiedName } from '../core/table.ts';
import { putStage } from '../lake/control.ts';
import type { ControlRequest } from '../lake/control.ts';
import type { StageBody } from '../lake/control-stage.ts';
import { sql } from '../warehouse-sql/load.ts';
import { quoteCh } from '../warehouse/names.ts';
import { dropLeftViews, otherDatabases, showFreeze } from './freeze-views.ts';
import { currentGenerations } from './state/current-generations.ts';
import { frozenFacts, nameClash } from './state/freeze.ts';
import type { Freeze, FrozenTable } from './state/freeze.ts';
import type { Generation } from './state/generation.ts';
import { isTableError } from './state/table-error.ts';
import { dropStorage } from './storage/storage.ts';
import type { CompactorContext } from './context.ts';

type FreezeContext = Pick<CompactorContext, 'engine' | 'log' | 'retired' | 'schemas' | 'state' | 'store'>;

type FreezeRequest = ControlRequest & { kind: 'freeze' };

type Refusal = StageBody<'done'> & { readonly ok: false };

/**
 * Serves freezes between two windows: all live tables are at the front then, so clones of them are
 * at one LSN. Nobody waits for a reader.
 *
 *   clones ──► saved (they count from here on) ──► views ──► old clones go
 *
 * A crash before the save leaves orphans, which the next start drops. After it, the next start
 * moves the views.
 */
export class Freezes {
  readonly #context: FreezeContext;
  readonly #warehouseId: string;

  constructor(context: FreezeContext, warehouseId: string) {
    this.#context = context;
    this.#warehouseId = warehouseId;
  }

  /** Ends what an earlier process had begun. Runs before orphans are dropped. */
  async recover(): Promise<void> {
    for (const one of this.#context.state.freezes()) {
      if (one.state === 'dropping') await this.#end(one);
      if (one.state !== 'moving') continue;
      try {
        await this.#show(one);
      } catch (error) {
        if (!isTableError(error)) throw error;
        this.#context.log.warn({ freeze: one.name, error: describeError(error) }, 'freeze not shown');
      }
    }
    await dropLeftViews(this.#context);
  }

  /**
   * Answers every request for this warehouse. Only called while all live tables are at the front.
   */
  async serve(requests: readonly ControlRequest[]): Promise<void> {
    for (const request of requests) {
      if ((request.kind !== 'freeze' && request.kind !== 'drop-freeze') || request.warehouseId !== this.#warehouseId) continue;
      const answer = request.kind === 'freeze' ? await this.#freeze(request) : await this.#drop(request.name);
      await putStage(this.#context.store, { id: request.id, stage: 'done' }, answer);
    }
  }

  async #freeze(request: FreezeRequest): Promise<StageBody<'done'>> {
    const before = this.#named(request.name);
    // It was served and not answered before a crash.
    if (before?.request === request.id) return answerOf(before);
    const plan = await this.#plan(request);
    if ('ok' in plan) return plan;
    try {
      await this.#cloneAll(plan.next.tables, plan.wanted);
      failpoint('freeze-cloned');
      await this.#context.state.saveFreeze(plan.next);
      failpoint('freeze-saved');
      await this.#show(plan.next);
    } catch (error) {
      if (!isTableError(error)) throw error;
      this.#context.log.warn({ freeze: request.name, error: describeError(error) }, 'not frozen');
      return { ok: false, code: 'WAREHOUSE_QUERY', error: withoutCode(describeError(error)) };
    }
    this.#retire(before?.tables ?? []);
    return answerOf(plan.next);
  }

  /** What will be frozen, or why nothing can be. */
  async #plan(request: FreezeRequest): Promise<{ readonly wanted: readonly Generation[]; readonly next: Freeze } | Refusal> {
    const { engine, state } = this.#context;
    const { wanted, leftOut } = chosen(state.generations(), request.tables);
    if (wanted.length === 0) return { ok: false, code: 'TABLE_NOT_LIVE', error: `no table can be frozen${leftOutText(leftOut)}` };
    const known = state.generations().filter((one) => one.state !== 'dropped');
    const clash = nameClash(request.name, [...new Set(wanted.map(({ schema }) => schema))], {
      schemas: known.map(({ schema }) => schema),
      freezes: state.freezes(),
      databases: await otherDatabases(engine),
    });
    if (clash !== null) return { ok: false, code: 'BAD_ARGUMENT', error: clash };
    const tables = wanted.map((one, index): FrozenTable => {
      const { schema, name, tableId, schemaHash, nullable = [] } = one;
      return { schema, name, tableId, schemaHash, nullable, storage: `frozen_${request.id.replace(/\W/g, '_')}_${index}` };
    });
    const { appliedLsn, asOf } = state.front;
    const next = { name: request.name, state: 'moving', request: request.id, lsn: formatLsn(appliedLsn), asOf, tables, leftOut } as const;
    return { wanted, next };
  }

  /** All of them, or none. */
  async #cloneAll(tables: readonly FrozenTable[], wanted: readonly Generation[]): Promise<void> {
    const { engine, schemas } = this.#context;
    try {
      for (const { tableId, schemaHash } of tables) await schemas.get(tableId, schemaHash);
      for (const [index, { storage }] of tables.entries())
        await engine.exec(sql('clone', { clone: quoteCh(storage), storage: quoteCh(wanted[index]?.storage ?? '') }));
    } catch (error) {
      if (isTableError(error)) for (const { storage } of tables) await dropStorage(engine, storage);
      throw error;
    }
  }

  async #show(one: Freeze): Promise<void> {
    await showFreeze(this.#context, one);
    failpoint('freeze-shown');
    await dropLeftViews(this.#context);
    await this.#context.state.saveFreeze({ ...one, state: 'shown' });
  }

  async #drop(name: string): Promise<StageBody<'done'>> {
    const one = this.#named(name);
    if (one === undefined) return { ok: false, code: 'BAD_ARGUMENT', error: `there is no freeze "${name}"` };
    const dropping: Freeze = { ...one, state: 'dropping' };
    await this.#context.state.saveFreeze(dropping);
    await this.#end(dropping);
    return { ok: true };
  }

  async #end(one: Freeze): Promise<void> {
    await dropLeftViews(this.#context);
    this.#retire(one.tables);
    await this.#context.state.saveFreeze({ ...one, state: 'dropped', tables: [] });
  }

  /** Readers may have read an old view a moment ago, so its clone stays for a while. */
  #retire(tables: readonly FrozenTable[]): void {
    for (const { storage } of tables) this.#context.retired.add(storage);
  }

  #named(name: string): Freeze | undefined {
    return this.#context.state.freezes().find((one) => one.name === name && one.state !== 'dropped');
  }
}

/**
 * The tables to clone, one for each name, and those that are not live. `asked`: their names; null:
 * all.
 */
function chosen(
  generations: readonly Generation[],
  asked: readonly string[] | null,
): { readonly wanted: Generation[]; readonly leftOut: Freeze['leftOut'] } {
  const current = currentGenerations(generations).filter((one) => asked === null || asked.includes(nameOf(one)));
  // When two tables have one name, the one that was created later has it.
  const byName = new Map(current.toSorted((a, b) => a.oid - b.oid).map((one) => [nameOf(one), one]));
  const wanted = [...byName.values()].filter(({ state }) => state === 'live');
  const others = [...byName.values()].filter(({ state }) => state !== 'live');
  const gone = (asked ?? []).filter((name) => !byName.has(name));
  return {
    wanted,
    leftOut: [...others.map((one) => ({ table: nameOf(one), state: one.state })), ...gone.map((table) => ({ table, state: 'dropped' }))],
  };
}

function nameOf({ schema, name }: Generation): string {
  return qualifiedName(schema, name);
}

function leftOutText(leftOut: Freeze['leftOut']): string {
  return leftOut.length === 0 ? ': there is none' : `: ${leftOut.map(({ table, state }) => `${table} is ${state}`).join(', ')}`;
}

function answerOf(one: Freeze): StageBody<'done'> {
  return { ok: true, frozen: { ...frozenFacts(one), leftOut: one.leftOut } };
}
