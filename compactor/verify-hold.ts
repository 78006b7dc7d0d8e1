import { describeError } from '../core/errors.ts';
import { parseLsn } from '../core/lsn.ts';
import type { Lsn } from '../core/lsn.ts';
import { qualifiedName } from '../core/table.ts';
import { openRequests, putStage, readStage } from '../lake/control.ts';
import type { ControlRequest } from '../lake/control.ts';
import type { ClonedTable } from '../lake/control-stage.ts';
import { sql } from '../warehouse-sql/load.ts';
import { qualifiedCh, quoteCh } from '../warehouse/names.ts';
import { reached } from './front.ts';
import type { Generation } from './generation.ts';
import { dropStorage } from './storage.ts';
import type { Workshop } from './workshop.ts';

const POINT_WITHIN_MS = 120_000;
const RELEASE_WITHIN_MS = 3_600_000;

/**
 * Serves one verification at a time.
 *
 *   (none) ──request──► held ──point──► moving ──front is there──► cloned ──release──► (none)
 *
 * held: live tables stand still. moving: they go exactly up to the point. cloned: they go on, the clones stay. Each has an end of its own accord.
 */
type Hold =
  | { readonly stage: 'held'; readonly request: ControlRequest & { kind: 'verify' }; readonly since: number }
  | { readonly stage: 'moving'; readonly request: ControlRequest & { kind: 'verify' }; readonly since: number; readonly point: Lsn }
  | {
      readonly stage: 'cloned';
      readonly request: ControlRequest & { kind: 'verify' };
      readonly since: number;
      readonly clones: readonly string[];
    };

export class VerifyHold {
  readonly #shop: Workshop;
  #hold: Hold | null = null;

  constructor(shop: Workshop) {
    this.#shop = shop;
  }

  /** How far live tables may go: not at all, up to an LSN, or freely. */
  get allows(): 'nothing' | 'all' | { readonly before: Lsn } {
    if (this.#hold?.stage === 'held') return 'nothing';
    return this.#hold?.stage === 'moving' ? { before: this.#hold.point } : 'all';
  }

  /** Requests that an earlier process had begun: its clones are gone, so they must be asked again. */
  async recover(): Promise<void> {
    for (const { id } of await openRequests(this.#shop.store, ['verify'])) {
      if ((await readStage(this.#shop.store, { id, stage: 'held' })) === null) continue;
      await putStage(this.#shop.store, { id, stage: 'done' }, { ok: false, error: 'the compactor was started anew meanwhile' });
    }
  }

  /** Takes the oldest request when none is being served. */
  async take(requests: readonly ControlRequest[], now: number): Promise<void> {
    const request = requests.find((one) => one.kind === 'verify');
    if (this.#hold !== null || request?.kind !== 'verify') return;
    await putStage(this.#shop.store, { id: request.id, stage: 'held' }, { at: new Date(now).toISOString() });
    this.#hold = { stage: 'held', request, since: now };
  }

  /** Goes on to the next stage when the other side, the front or the time has come. */
  async next(now: number): Promise<void> {
    const hold = this.#hold;
    if (hold === null) return;
    const { id } = hold.request;
    const { store } = this.#shop;
    if (hold.stage === 'held') {
      const point = await readStage(store, { id, stage: 'point' });
      if (point !== null) this.#hold = { stage: 'moving', request: hold.request, since: now, point: parseLsn(point.lsn) };
      else if (now - hold.since > POINT_WITHIN_MS) await this.#end('no point was given in time');
    } else if (hold.stage === 'moving') {
      if (reached(this.#shop.state.front, hold.point)) await this.#clone(hold, now);
      else if (now - hold.since > POINT_WITHIN_MS) await this.#end('no batch beyond the point came in time');
    } else if (await readStage(store, { id, stage: 'release' })) await this.#end(null);
    else if (now - hold.since > RELEASE_WITHIN_MS) await this.#end('the clones were not released in time');
  }

  async #clone(hold: Hold & { stage: 'moving' }, now: number): Promise<void> {
    const { tables } = hold.request;
    const wanted = this.#tables().filter(({ schema, name }) => tables === null || tables.includes(qualifiedName(schema, name)));
    const cloned: ClonedTable[] = [];
    for (const [index, one] of wanted.entries())
      cloned.push(await this.#cloneOne(one, `clone_${this.#shop.lease}_${hold.request.id.replace(/\W/g, '_')}_${index}`));
    await putStage(
      this.#shop.store,
      { id: hold.request.id, stage: 'cloned' },
      { tables: cloned.map(({ clone, ...rest }) => ({ ...rest, clone: clone === null ? null : qualifiedCh('tailrace', clone) })) },
    );
    this.#hold = { stage: 'cloned', request: hold.request, since: now, clones: cloned.flatMap(({ clone }) => clone ?? []) };
  }

  async #cloneOne(one: Generation, clone: string): Promise<ClonedTable> {
    const { engine, schemas } = this.#shop;
    const { tableId, state, identity } = one;
    const table = qualifiedName(one.schema, one.name);
    const facts = { table, tableId, state, identity, clone: null, columns: [], key: [] };
    if (state !== 'live') return { ...facts, error: one.error?.message ?? `the table is ${state}` };
    try {
      const schema = await schemas.get(tableId, one.schemaHash);
      await engine.exec(sql('clone', { clone: quoteCh(clone), storage: quoteCh(one.storage) }));
      const columns = schema.columns.map(({ id, name, type }) => ({ id, name, type }));
      return { ...facts, clone, columns, key: [...schema.key], error: null };
    } catch (error) {
      return { ...facts, error: describeError(error) };
    }
  }

  /** One generation per table: the one that is read, else the newest. */
  #tables(): Generation[] {
    const tables = Map.groupBy(
      this.#shop.state.generations().filter((one) => one.state !== 'dropped'),
      (one) => one.oid,
    );
    return [...tables.values()].flatMap((lives) => lives.findLast((one) => one.state === 'live') ?? lives.at(-1) ?? []);
  }

  async #end(error: string | null): Promise<void> {
    const hold = this.#hold;
    this.#hold = null;
    if (hold === null) return;
    if (hold.stage === 'cloned') for (const clone of hold.clones) await dropStorage(this.#shop.engine, clone);
    const { id } = hold.request;
    await putStage(this.#shop.store, { id, stage: 'done' }, error === null ? { ok: true } : { ok: false, error });
  }
}
