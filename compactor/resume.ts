import { formatLsn } from '../core/lsn.ts';
import { parseQualifiedName } from '../core/table.ts';
import { putRequest, putStage } from '../lake/control.ts';
import type { ControlRequest } from '../lake/control.ts';
import type { StageBody } from '../lake/control-stage.ts';
import { isCopyComing } from './state/coming-copy.ts';
import type { Generation } from './state/generation.ts';
import type { CompactorContext } from './context.ts';

type ResumeContext = Pick<CompactorContext, 'log' | 'state' | 'store'>;

/**
 * Lets parked tables try again from the position at which they stopped: most causes are gone by
 * then, and a copy of a large table takes hours.
 */
export class Resume {
  readonly #context: ResumeContext;
  readonly #warehouseId: string;

  constructor(context: ResumeContext, warehouseId: string) {
    this.#context = context;
    this.#warehouseId = warehouseId;
  }

  /**
   * Answers every request for this warehouse. The new state is saved before the answer, and doing
   * it again changes nothing.
   */
  async serve(requests: readonly ControlRequest[]): Promise<void> {
    for (const request of requests) {
      if (request.kind !== 'resume' || request.warehouseId !== this.#warehouseId) continue;
      await putStage(this.#context.store, { id: request.id, stage: 'done' }, await this.#resume(request.table));
    }
  }

  async #resume(table: string): Promise<StageBody<'done'>> {
    const { state, log } = this.#context;
    const one = this.#newest(table);
    if (one === undefined) return { ok: false, error: `the warehouse has no table ${table}` };
    // Also the answer to a request that was served but not answered before a crash.
    if (one.state !== 'parked') return { ok: true, by: 'position' };
    if (one.error?.code === 'BAD_CONFIG') return { ok: false, error: one.error.message };
    const next = goesOn(one);
    if (next === null) {
      await this.#askForCopy(one, table);
      return { ok: true, by: 'copy' };
    }
    await state.save(next);
    const position = { ...one.position, lsn: formatLsn(one.position.lsn) };
    log.info({ table, generation: one.generation, position, error: one.error?.message }, 'parked table tries again');
    return { ok: true, by: 'position' };
  }

  #newest(table: string): Generation | undefined {
    const { schema, name } = parseQualifiedName(table);
    const named = this.#context.state.generations().filter((one) => one.schema === schema && one.name === name && one.state !== 'dropped');
    return named.at(-1);
  }

  async #askForCopy(one: Generation, table: string): Promise<void> {
    const { store } = this.#context;
    if (await isCopyComing(store, one)) return;
    await putRequest(store, { kind: 'resync', table, tableId: one.tableId, reason: 'resumed, but its position is not known' });
  }
}

/**
 * The generation as it was before it failed; one that was live catches up with the front first.
 * Null when its earlier state is not known, or its storage lacks rows.
 */
function goesOn(one: Generation): Generation | null {
  const before = one.error?.code === 'WAREHOUSE_LOST_ROWS' ? undefined : one.parkedFrom;
  if (before !== 'copying' && before !== 'catching-up' && before !== 'live') return null;
  return { ...one, state: before === 'copying' ? 'copying' : 'catching-up', error: null, resumed: true };
}
