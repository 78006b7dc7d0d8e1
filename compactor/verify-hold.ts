import { describeError } from '../core/errors.ts';
import { parseLsn } from '../core/lsn.ts';
import type { Lsn } from '../core/lsn.ts';
import { qualifiedName } from '../core/table.ts';
import { isoTime } from '../core/time.ts';
import type { Moment } from '../core/time.ts';
import type { BaseName } from '../lake/bases/base-log.ts';
import { openRequests, putStage, readStage } from '../lake/control.ts';
import type { ControlRequest } from '../lake/control.ts';
import type { ClonedTable } from '../lake/control-stage.ts';
import { cloneToRead, discardClone } from '../warehouse/clone.ts';
import { qualifiedCh } from '../warehouse/names.ts';
import type { VerifiedBases } from './base/verified-bases.ts';
import { reached } from './front-mover.ts';
import { currentGenerations } from './state/current-generations.ts';
import type { Generation } from './state/generation.ts';
import { isTaken } from './state/table-error.ts';
import { dropStorage } from './storage/storage.ts';
import type { CompactorContext } from './context.ts';

type HoldContext = Pick<CompactorContext, 'engine' | 'lease' | 'schemas' | 'state' | 'store'>;

const POINT_WITHIN_MS = 120_000;
const KEEP_MS = 3_600_000;

type VerifyRequest = ControlRequest & { kind: 'verify' };

/**
 * Serves verifications, one at a time until it has its clones. Clones may be kept while others are
 * served.
 *
 *   (none) ──request──► held ──point──► moving ──front is there──► kept ──release──► (none)
 *
 * held: live tables stand still. moving: they move exactly up to the point. kept: they continue,
 * and the clones stay. Each stage also ends by itself after a time.
 */
type Hold =
  | { readonly stage: 'held'; readonly request: VerifyRequest; readonly sinceMs: number }
  | { readonly stage: 'moving'; readonly request: VerifyRequest; readonly sinceMs: number; readonly point: Lsn };

interface Kept {
  readonly request: VerifyRequest;
  readonly sinceMs: number;
  readonly clones: readonly string[];
  /** Bases that the clones say something about. */
  readonly bases: readonly BaseName[];
}

export class VerifyHold {
  readonly #context: HoldContext;
  readonly #warehouseId: string;
  readonly #bases: Pick<VerifiedBases, 'clonable' | 'judge'>;
  #hold: Hold | null = null;
  #kept: readonly Kept[] = [];

  /** `bases`: hears what a verification of every row has found in clones. */
  constructor(context: HoldContext, warehouseId: string, bases: Pick<VerifiedBases, 'clonable' | 'judge'>) {
    this.#context = context;
    this.#warehouseId = warehouseId;
    this.#bases = bases;
  }

  /** How far live tables may move: not at all, up to an LSN, or freely. */
  get allows(): 'nothing' | 'all' | { readonly before: Lsn } {
    if (this.#hold?.stage === 'held') return 'nothing';
    return this.#hold?.stage === 'moving' ? { before: this.#hold.point } : 'all';
  }

  /**
   * Ends requests that an earlier process had begun: its clones are dropped, so the requests must
   * be made again.
   */
  async recover(): Promise<void> {
    for (const request of await openRequests(this.#context.store, ['verify'])) {
      if (!this.#isOurs(request) || (await readStage(this.#context.store, { id: request.id, stage: 'held' })) === null) continue;
      await this.#end(request, [], 'the compactor restarted');
    }
  }

  /** Takes the oldest request that is not served yet, unless one holds the front already. */
  async take(requests: readonly ControlRequest[], now: Moment): Promise<void> {
    const request = requests.find(
      (one): one is VerifyRequest => one.kind === 'verify' && this.#isOurs(one) && this.#kept.every((kept) => kept.request.id !== one.id),
    );
    if (this.#hold !== null || request === undefined) return;
    await putStage(this.#context.store, { id: request.id, stage: 'held' }, { at: isoTime(now.wallMs) });
    this.#hold = { stage: 'held', request, sinceMs: now.elapsedMs };
  }

  /** Moves to the next stage when the other side, the front or the time is there. */
  async next(elapsedMs: number): Promise<void> {
    await this.#letGo(elapsedMs);
    const hold = this.#hold;
    if (hold === null) return;
    const { request, sinceMs } = hold;
    const point = await readStage(this.#context.store, { id: request.id, stage: 'point' });
    if (hold.stage === 'held' && point !== null) this.#hold = { stage: 'moving', request, sinceMs: elapsedMs, point: parseLsn(point.lsn) };
    else if (hold.stage === 'moving' && reached(this.#context.state.front, hold.point)) await this.#clone(request, elapsedMs);
    else if (await readStage(this.#context.store, { id: request.id, stage: 'release' })) await this.#giveUp(request, null);
    else if (elapsedMs - sinceMs > POINT_WITHIN_MS)
      await this.#giveUp(request, hold.stage === 'held' ? 'no position was given in time' : 'no batch beyond the position arrived in time');
  }

  /** Drops clones that were released or kept too long. */
  async #letGo(elapsedMs: number): Promise<void> {
    for (const kept of this.#kept) {
      const { request, sinceMs, clones } = kept;
      const release = await readStage(this.#context.store, { id: request.id, stage: 'release' });
      const released = release !== null;
      if (!released && elapsedMs - sinceMs <= (request.keepMs ?? KEEP_MS)) continue;
      this.#kept = this.#kept.filter((one) => one !== kept);
      if (release?.compared !== undefined) await this.#bases.judge(release.compared, kept.bases);
      await this.#end(request, clones, released ? null : 'the clones were not released in time');
    }
  }

  async #clone(request: VerifyRequest, elapsedMs: number): Promise<void> {
    const { tables, id } = request;
    const wanted = currentGenerations(this.#context.state.generations()).filter(
      ({ schema, name }) => tables === null || tables.includes(qualifiedName(schema, name)),
    );
    const bases = this.#bases.clonable();
    const cloned: ClonedTable[] = [];
    const names = wanted.map((_, index) => `clone_${this.#context.lease}_${id.replace(/\W/g, '_')}_${index}`);
    try {
      for (const [index, one] of wanted.entries()) cloned.push(await this.#cloneOne(one, names[index] ?? ''));
      // A process that was frozen on the way may have cloned what another one has applied.
      await this.#context.engine.confirm?.();
    } catch (error) {
      if (isTaken(error)) for (const name of names) await discardClone(this.#context.engine, name);
      throw error;
    }
    await putStage(
      this.#context.store,
      { id, stage: 'cloned' },
      { tables: cloned.map(({ clone, ...rest }) => ({ ...rest, clone: clone === null ? null : qualifiedCh('tailrace', clone) })) },
    );
    this.#hold = null;
    this.#kept = [...this.#kept, { request, sinceMs: elapsedMs, clones: cloned.flatMap(({ clone }) => clone ?? []), bases }];
  }

  async #cloneOne(one: Generation, clone: string): Promise<ClonedTable> {
    const { engine, schemas } = this.#context;
    const { tableId, state, identity } = one;
    const table = qualifiedName(one.schema, one.name);
    const facts = { table, tableId, state, identity, clone: null, columns: [], key: [] };
    if (state !== 'live') return { ...facts, error: one.error?.message ?? `the table is ${state}` };
    try {
      const schema = await schemas.get(tableId, one.schemaHash);
      await cloneToRead(engine, { clone: qualifiedCh('tailrace', clone), storage: qualifiedCh('tailrace', one.storage) });
      const columns = schema.columns.map(({ id, name, type, mask }) => ({ id, name, type, ...(mask === undefined ? {} : { mask }) }));
      const { narrowed } = schema;
      const rule = narrowed === undefined ? {} : { narrowed: { ...narrowed, hidden: [...narrowed.hidden] } };
      return { ...facts, clone, columns, key: [...schema.key], ...rule, error: null };
    } catch (error) {
      if (isTaken(error)) throw error;
      return { ...facts, error: describeError(error) };
    }
  }

  #isOurs({ warehouseId }: VerifyRequest): boolean {
    return warehouseId === undefined || warehouseId === this.#warehouseId;
  }

  async #giveUp(request: VerifyRequest, error: string | null): Promise<void> {
    this.#hold = null;
    await this.#end(request, [], error);
  }

  /** Answers first, so that no reader takes dropped clones for empty tables. */
  async #end({ id }: VerifyRequest, clones: readonly string[], error: string | null): Promise<void> {
    await putStage(this.#context.store, { id, stage: 'done' }, error === null ? { ok: true } : { ok: false, error });
    for (const clone of clones) await dropStorage(this.#context.engine, clone);
  }
}
