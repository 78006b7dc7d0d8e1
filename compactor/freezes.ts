import { describeError, withoutCode } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { qualifiedName } from '../core/table.ts';
import { putStage } from '../lake/control.ts';
import type { ControlRequest } from '../lake/control.ts';
import type { FrozenInput, StageBody } from '../lake/control-stage.ts';
import { keyColumns } from '../lake/row-columns.ts';
import { cloneToRead, discardClone, syncClone } from '../warehouse/clone.ts';
import { qualifiedCh } from '../warehouse/names.ts';
import { planFreeze } from './freeze-plan.ts';
import type { FreezeRequest } from './freeze-plan.ts';
import { databasesWithOldViews, dropHeldViews, dropLeftViews, otherDatabases, showFreeze } from './freeze-views.ts';
import { frozenDatabases, frozenFacts, nameClash } from './state/freeze.ts';
import type { Freeze, FrozenTable } from './state/freeze.ts';
import { isTableError, isTaken } from './state/table-error.ts';
import { dropStorage } from './storage/storage.ts';
import type { CompactorContext } from './context.ts';

type FreezeContext = Pick<CompactorContext, 'engine' | 'lease' | 'log' | 'retired' | 'schemas' | 'state' | 'store'>;

type Answer = StageBody<'done'>;

/**
 * Serves freezes between two windows: all live tables are at the front then, so clones of them are
 * at one LSN. Nobody waits for a reader.
 *
 *   clones ──► saved (they count from here on) ──► views ──► old clones go
 *
 * A crash before the save leaves orphans, which the next start drops. After it, the next start
 * moves the views. A held freeze ends when its holder does not renew it in time.
 */
export class Freezes {
  readonly #context: FreezeContext;
  readonly #warehouseId: string;
  /** When each held freeze was renewed last. */
  readonly #renewed = new Map<string, number>();

  constructor(context: FreezeContext, warehouseId: string) {
    this.#context = context;
    this.#warehouseId = warehouseId;
  }

  /**
   * Ends what an earlier process had begun, and replaces views of an earlier version. Runs before
   * orphans are dropped.
   */
  async recover(): Promise<void> {
    const old = await databasesWithOldViews(this.#context.engine);
    for (const one of this.#context.state.freezes()) {
      if (one.state === 'dropping') await this.#end(one);
      if (one.state !== 'moving' && !frozenDatabases(one).some((database) => old.has(database))) continue;
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
   * Answers every request for this warehouse, and ends held freezes that were not renewed.
   * `whole`: all live tables are at the front. Otherwise nothing is frozen, and such requests wait.
   */
  async serve(requests: readonly ControlRequest[], { elapsedMs, whole }: { elapsedMs: number; whole: boolean }): Promise<void> {
    for (const request of requests) {
      const answer = await this.#answer(request, elapsedMs, whole);
      if (answer !== null) await putStage(this.#context.store, { id: request.id, stage: 'done' }, answer);
    }
    for (const one of this.#context.state.freezes()) {
      if (one.held === undefined) continue;
      const renewedMs = this.#renewed.get(one.name) ?? elapsedMs;
      this.#renewed.set(one.name, renewedMs);
      if (elapsedMs - renewedMs > one.held.seconds * 1_000) await this.#drop(one);
    }
  }

  /** null: the request is not for this one, or not yet. */
  async #answer(request: ControlRequest, elapsedMs: number, whole: boolean): Promise<Answer | null> {
    if (!('warehouseId' in request) || request.warehouseId !== this.#warehouseId) return null;
    if (request.kind === 'keep-freeze') return this.#keep(request, elapsedMs);
    if (request.kind === 'freeze') return whole ? this.#freeze(request, elapsedMs) : null;
    if (request.kind !== 'drop-freeze') return null;
    const one = this.#named(request.name);
    if (one === undefined) return unknown(request.name);
    await this.#drop(one);
    return { ok: true };
  }

  async #freeze(request: FreezeRequest, elapsedMs: number): Promise<Answer> {
    const before = this.#named(request.name);
    // It was served and not answered before a crash.
    if (before?.request === request.id) return this.#answerOf(before);
    const { lease, state } = this.#context;
    const { sources, next } = planFreeze(request, { generations: state.generations(), front: state.front, lease });
    const refused = await this.#refusal(next);
    if (refused !== null) return refused;
    try {
      await this.#cloneAll(next.tables, sources);
      failpoint('freeze-cloned');
      await state.saveFreeze(next);
      failpoint('freeze-saved');
      await this.#show(next);
    } catch (error) {
      if (!isTableError(error)) throw error;
      this.#context.log.warn({ freeze: request.name, error: describeError(error) }, 'not frozen');
      return { ok: false, code: 'WAREHOUSE_QUERY', error: withoutCode(describeError(error)) };
    }
    this.#renewed.set(next.name, elapsedMs);
    // Readers may have read an old view a moment ago, so its clone stays for a while.
    for (const { storage } of before?.tables ?? []) this.#context.retired.add(storage);
    return this.#answerOf(next);
  }

  /** Why nothing can be frozen; null: it can. */
  async #refusal(next: Freeze): Promise<Answer | null> {
    const { engine, state } = this.#context;
    if (next.tables.length === 0) return { ok: false, code: 'TABLE_NOT_LIVE', error: `no table can be frozen${leftOutText(next.leftOut)}` };
    const known = state.generations().filter((one) => one.state !== 'dropped');
    const taken = { schemas: known.map(({ schema }) => schema), freezes: state.freezes(), databases: await otherDatabases(engine) };
    const clash = nameClash(next, taken);
    return clash === null ? null : { ok: false, code: 'BAD_ARGUMENT', error: clash };
  }

  /** All of them, or none. */
  async #cloneAll(tables: readonly FrozenTable[], sources: readonly string[]): Promise<void> {
    const { engine, schemas } = this.#context;
    try {
      for (const { tableId, schemaHash } of tables) await schemas.get(tableId, schemaHash);
      for (const [index, { storage }] of tables.entries()) {
        const clone = qualifiedCh('tailrace', storage);
        await cloneToRead(engine, { clone, storage: qualifiedCh('tailrace', sources[index] ?? '') });
        await syncClone(engine.nodes, clone);
      }
      await engine.confirm?.();
    } catch (error) {
      if (isTableError(error) || isTaken(error)) for (const { storage } of tables) await discardClone(engine, storage);
      throw error;
    }
  }

  async #show(one: Freeze): Promise<void> {
    await showFreeze(this.#context, one);
    failpoint('freeze-shown');
    if (one.held === undefined) await dropLeftViews(this.#context);
    await this.#context.state.saveFreeze({ ...one, state: 'shown' });
  }

  /** Renews a held freeze, of these tables only. */
  async #keep({ name, tables, seconds }: ControlRequest & { kind: 'keep-freeze' }, elapsedMs: number): Promise<Answer> {
    const one = this.#named(name);
    if (one?.held === undefined) return unknown(name);
    this.#renewed.set(name, elapsedMs);
    const kept = one.tables.filter((table) => tables.includes(qualifiedName(table.schema, table.name)));
    if (kept.length === 0) await this.#drop(one);
    else if (kept.length < one.tables.length || seconds !== one.held.seconds) {
      await this.#context.state.saveFreeze({ ...one, tables: kept, held: { ...one.held, seconds } });
      await dropLeftViews(this.#context);
      await this.#dropClones(one.tables.filter((table) => !kept.includes(table)));
    }
    return { ok: true };
  }

  async #drop(one: Freeze): Promise<void> {
    const dropping: Freeze = { ...one, state: 'dropping' };
    await this.#context.state.saveFreeze(dropping);
    failpoint('freeze-dropping');
    await this.#end(dropping);
  }

  async #end(one: Freeze): Promise<void> {
    if (one.held === undefined) {
      await dropLeftViews(this.#context);
      for (const { storage } of one.tables) this.#context.retired.add(storage);
    } else {
      // Only its holder reads it, and does not need it any more.
      await dropHeldViews(this.#context, one);
      await this.#dropClones(one.tables);
      this.#renewed.delete(one.name);
    }
    await this.#context.state.saveFreeze({ ...one, state: 'dropped', tables: [] });
  }

  async #dropClones(tables: readonly FrozenTable[]): Promise<void> {
    for (const { storage } of tables) await dropStorage(this.#context.engine, storage);
  }

  #named(name: string): Freeze | undefined {
    return this.#context.state.freezes().find((one) => one.name === name && one.state !== 'dropped');
  }

  async #answerOf(one: Freeze): Promise<Answer> {
    const { manifest, version, leftOut } = one;
    const frozen = { ...frozenFacts(one), leftOut };
    if (one.held === undefined) return { ok: true, frozen };
    return { ok: true, frozen: { ...frozen, manifest, version, inputs: await Promise.all(one.tables.map((table) => this.#input(table))) } };
  }

  async #input(table: FrozenTable): Promise<FrozenInput> {
    const { schema, name, tableId, schemaHash, generation = '', history, cleaned = history?.since ?? 0 } = table;
    const shape = await this.#context.schemas.get(tableId, schemaHash);
    const key = keyColumns(shape).map((column) => column.name);
    return { table: qualifiedName(schema, name), tableId, schemaHash, generation, identity: shape.identity, key, cleaned: String(cleaned) };
  }
}

function unknown(name: string): Answer {
  return { ok: false, code: 'BAD_ARGUMENT', error: `there is no freeze "${name}"` };
}

function leftOutText(leftOut: Freeze['leftOut']): string {
  return leftOut.length === 0 ? ': there is none' : `: ${leftOut.map(({ table, state }) => `${table} is ${state}`).join(', ')}`;
}
