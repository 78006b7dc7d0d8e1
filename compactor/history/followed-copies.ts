import type { ListedCopy, SnapshotLog } from '../../lake/snapshot-log.ts';
import type { CompactorContext } from '../context.ts';
import { firstBatch } from '../state/first-batch.ts';
import { generationKey } from '../state/generation.ts';
import type { Generation } from '../state/generation.ts';
import { copyingGeneration } from '../state/new-generation.ts';
import { dropStorage } from '../storage/storage.ts';
import { settleHistory } from './settle-history.ts';
import { beginHistory, continueHistory } from './with-history.ts';

/**
 * A history that was turned on late follows the copies of its table in their order, as if it had
 * been on: the generation that fills it goes as far as the next copy, which then goes on.
 */
export class FollowedCopies {
  readonly #context: CompactorContext;
  readonly #log: SnapshotLog;
  /** The first batch of copies, by generation; a search reads whole manifests. */
  readonly #firsts = new Map<string, number>();

  constructor(context: CompactorContext, log: SnapshotLog) {
    this.#context = context;
    this.#log = log;
  }

  /**
   * Lets a copy take the place of a generation, once all changes up to it are in. The history
   * begins again with the copy if nothing leads from one to the other. False: it is not yet time.
   */
  async handOn(one: Generation, copy: ListedCopy): Promise<boolean> {
    const { engine, log, schemas, state } = this.#context;
    if (one.state === 'copying') return false;
    const plan = await this.#log.plan(copy);
    if (plan === null) return false;
    const schema = await schemas.get(plan.tableId, plan.schema);
    const begun = copyingGeneration(plan, schema, one.rebuild);
    if (one.state === 'catching-up' && one.position.manifest < (await this.#firstOf(begun))) return false;
    const of = { generation: begun, schema, copied: plan.createdAt };
    const settled = isWhole(one, begun) ? await settleHistory(this.#context, one) : null;
    const continued = settled === null ? null : await continueHistory(this.#context, settled, of);
    const next = continued ?? (schema.identity === 'key' ? beginHistory(begun, plan.createdAt) : begun);
    const since = next.history?.since;
    log.info({ table: plan.table, generation: next.generation, since }, 'history is continued by the next copy');
    await state.save(next, { ...one, state: 'dropped', storage: '' });
    if (one.storage !== '') await dropStorage(engine, one.storage);
    if (one.history !== undefined && one.history.storage !== next.history?.storage) await dropStorage(engine, one.history.storage);
    return true;
  }

  async #firstOf(begun: Generation): Promise<number> {
    const known = this.#firsts.get(generationKey(begun));
    if (known !== undefined) return known;
    const first = await firstBatch(this.#context, begun);
    if (first <= this.#context.state.front.manifest) this.#firsts.set(generationKey(begun), first);
    return first;
  }
}

/** Whether the rows of a generation are of one point, which the next copy follows. */
function isWhole({ state, consistentPoint, lastPoint = consistentPoint }: Generation, next: Generation): boolean {
  if (state === 'parked') return false;
  return lastPoint <= (state === 'catching-up' ? next.consistentPoint : consistentPoint);
}
