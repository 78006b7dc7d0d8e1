import { qualifiedName } from '../../core/table.ts';
import { factsOf, newestBaseOf } from '../../lake/bases/newest-bases.ts';
import { putStage } from '../../lake/control.ts';
import type { ControlRequest } from '../../lake/control.ts';
import type { CompactorContext } from '../context.ts';
import type { Generation } from '../state/generation.ts';

type RequestContext = Pick<CompactorContext, 'bases' | 'manifests' | 'store'>;

type BaseRequest = ControlRequest & { kind: 'base' };

/** Requests for a base of one table. They stay in the lake until they are answered. */
export class BaseRequests {
  readonly #context: RequestContext;
  readonly #warehouseId: string;
  /** By table. */
  #asked = new Map<string, BaseRequest[]>();

  constructor(context: RequestContext, warehouseId: string) {
    this.#context = context;
    this.#warehouseId = warehouseId;
  }

  /** Takes the open requests for this warehouse. `live`: tables that can have a base. */
  async take(requests: readonly ControlRequest[], live: readonly Generation[]): Promise<void> {
    const ours = requests.filter((one): one is BaseRequest => one.kind === 'base' && one.warehouseId === this.#warehouseId);
    const tables = new Set(live.map((one) => qualifiedName(one.schema, one.name)));
    const possible = ours.filter(({ table }) => tables.has(table));
    for (const request of ours)
      if (!possible.includes(request)) await this.#answer(request, { ok: false, error: `${request.table} is not live` });
    this.#asked = Map.groupBy(possible, ({ table }) => table);
  }

  asks({ schema, name }: Generation): boolean {
    return this.#asked.has(qualifiedName(schema, name));
  }

  /** Answers what was asked of a table. `refused`: why there is no base that counts. */
  async end({ schema, name, tableId }: Generation, refused: string | null): Promise<void> {
    const table = qualifiedName(schema, name);
    const asked = this.#asked.get(table);
    if (asked === undefined) return;
    this.#asked.delete(table);
    const base = await newestBaseOf(this.#context.bases, this.#context.manifests, tableId);
    for (const request of asked) {
      if (refused !== null) await this.#answer(request, { ok: false, error: refused });
      else await this.#answer(request, { ok: base !== null, base: base === null ? undefined : factsOf(base) });
    }
  }

  async #answer({ id }: BaseRequest, answer: Parameters<typeof putStage<'done'>>[2]): Promise<void> {
    await putStage(this.#context.store, { id, stage: 'done' }, answer);
  }
}
