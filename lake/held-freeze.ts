import { TailraceError } from '../core/errors.ts';
import type { FrozenAnswer, StageBody } from './control-stage.ts';
import { forgetRequest, putRequest } from './control.ts';
import type { RequestBody } from './control.ts';
import { answerOf } from './request-answer.ts';
import type { ObjectStore } from './store/object-store.ts';

/** A freeze that ends by itself when it is not renewed within `seconds`. */
export interface HeldFreeze {
  /** Begins with `tailrace_`. */
  readonly name: string;
  /** `schema.table`; null: all live ones. The answer names those that are not live. */
  readonly tables: readonly string[] | null;
  /** Also show every stored row: database `name`, one view for each table, named `schema.table`. */
  readonly rows: boolean;
  readonly seconds: number;
}

/** How to wait for the compactor. */
export interface Asking {
  /** TIMED_OUT when it is aborted. */
  readonly signal: AbortSignal;
  /** Called when a request was put, so that the compactor can be told to look at once. */
  readonly onAsked?: (() => void) | undefined;
}

/** What is frozen, with all that a later freeze is compared with. */
export type TakenFreeze = { readonly [K in keyof FrozenAnswer]-?: Exclude<FrozenAnswer[K], undefined> };

/**
 * Freezes tables at the front and waits until they can be read. TABLE_NOT_LIVE when none of them is
 * live, NOT_RUNNING when no compactor lives.
 */
export async function takeFreeze(store: ObjectStore, warehouseId: string, wanted: HeldFreeze, asking: Asking): Promise<TakenFreeze> {
  const { name, tables, rows, seconds } = wanted;
  const request = { kind: 'freeze', name, tables: tables === null ? null : [...tables], held: { seconds, rows }, warehouseId } as const;
  const done = await ask(store, request, asking);
  if (!done.ok) throw new TailraceError(done.code ?? 'NOT_RUNNING', done.error ?? 'the compactor refused');
  const { frozen } = done;
  if (frozen?.inputs === undefined || frozen.manifest === undefined || frozen.version === undefined)
    throw new TailraceError('NOT_RUNNING', 'the compactor is of an older version and cannot hold a freeze');
  return { ...frozen, manifest: frozen.manifest, version: frozen.version, inputs: frozen.inputs };
}

/**
 * Renews a held freeze, of these tables only: the clones of the others are dropped. No tables: it
 * ends. False when it is gone. NOT_RUNNING when no compactor lives.
 */
export async function keepFreeze(
  store: ObjectStore,
  warehouseId: string,
  kept: { readonly name: string; readonly tables: readonly string[]; readonly seconds: number },
  asking: Asking,
): Promise<boolean> {
  const done = await ask(store, { kind: 'keep-freeze', ...kept, tables: [...kept.tables], warehouseId }, asking);
  if (!done.ok && done.code === undefined) throw new TailraceError('NOT_RUNNING', done.error ?? 'the compactor refused');
  return done.ok;
}

/** Nobody reads the request later, and there are very many of them. */
async function ask(
  store: ObjectStore,
  request: RequestBody & { readonly warehouseId: string },
  { signal, onAsked }: Asking,
): Promise<StageBody<'done'>> {
  const id = await putRequest(store, request);
  onAsked?.();
  const done = await answerOf(store, id, { signal, warehouseId: request.warehouseId });
  await forgetRequest(store, id);
  return done;
}
