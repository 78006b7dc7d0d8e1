import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { TailraceError } from '../core/errors.ts';
import { freezeName } from '../core/freeze-name.ts';
import { abortAfter } from '../core/timer.ts';
import { wall } from '../core/time.ts';
import { stageBodies } from './control-stage.ts';
import type { Stage, StageBody } from './control-stage.ts';
import { putJson, readJson } from './json-object.ts';
import { CONTROL_PREFIX, controlKey, parseControlKey } from './keys.ts';
import { keysOf } from './store/keys-of.ts';
import type { ObjectStore } from './store/object-store.ts';
import { storeChanges } from './store/store-changes.ts';

const requestBody = z.discriminatedUnion('kind', [
  /**
   * A new generation of one table; served by the snapshotter. `tableId` is null where the requester
   * did not know it.
   */
  z.object({ kind: z.literal('resync'), table: z.string(), tableId: z.string().nullable(), reason: z.string() }),
  /**
   * Stand at one LSN and clone the tables (null: all), in the stages of control-stage.ts; served by
   * the compactor of the warehouse (none named: by any). The clones are kept for at most this time;
   * default an hour.
   */
  z.object({
    kind: z.literal('verify'),
    tables: z.array(z.string()).nullable(),
    warehouseId: z.string().optional(),
    keepMs: z.number().positive().optional(),
  }),
  /** A parked table resumes from where it stopped; served by the compactor of that warehouse. */
  z.object({ kind: z.literal('resume'), table: z.string(), warehouseId: z.string() }),
  /**
   * Clones live tables (null: all) between two windows and shows them under the name; served by the
   * compactor of that warehouse. A held one ends when it is not renewed within the seconds; with
   * `rows`, it shows every stored row too.
   */
  z.object({
    kind: z.literal('freeze'),
    name: freezeName,
    tables: z.array(z.string()).nullable(),
    warehouseId: z.string(),
    held: z.object({ seconds: z.number().positive(), rows: z.boolean() }).optional(),
  }),
  /**
   * Renews a held freeze and drops the clones of all other tables; no tables: ends it. Served by
   * the compactor of that warehouse.
   */
  z.object({
    kind: z.literal('keep-freeze'),
    name: freezeName,
    tables: z.array(z.string()),
    seconds: z.number().positive(),
    warehouseId: z.string(),
  }),
  /** Drops the freeze of that name; served by the compactor of that warehouse. */
  z.object({ kind: z.literal('drop-freeze'), name: freezeName, warehouseId: z.string() }),
  /** A base of the present rows of one table; served by the compactor of that warehouse. */
  z.object({ kind: z.literal('base'), table: z.string(), warehouseId: z.string() }),
  /**
   * Builds a warehouse again from the lake; served by the compactor of the warehouse (none named,
   * as by older versions: by any).
   */
  z.object({ kind: z.literal('rebuild'), warehouseId: z.string().optional() }),
]);

/** A request from one process to another. */
export type RequestBody = z.infer<typeof requestBody>;

/** A request in the lake. The order of ids is the order of requests. */
export type ControlRequest = RequestBody & { readonly id: string; readonly at: string };

const storedRequest = z.intersection(requestBody, z.object({ id: z.string(), at: z.string() }));

const KINDS: readonly string[] = requestBody.options.map(({ shape }) => shape.kind.value);
/** A request of a later version: a role of that version answers it. */
const laterRequest = z.object({ kind: z.string().refine((kind) => !KINDS.includes(kind)) });
const anyRequest: z.ZodType<ControlRequest | z.infer<typeof laterRequest>> = z.union([storedRequest, laterRequest]);

/**
 * Stores a request and returns its id, under which the stages of the answer appear. `nonce`: 12 hex
 * digits that nobody else has.
 */
export async function putRequest(
  store: ObjectStore,
  request: RequestBody,
  now: Date = new Date(wall()),
  nonce = randomBytes(6).toString('hex'),
): Promise<string> {
  const id = `${now.getTime().toString(36).padStart(9, '0')}-${nonce}`;
  await putJson(store, controlKey(id), { ...requestBody.parse(request), id, at: now.toISOString() });
  return id;
}

/** Unanswered requests of these kinds, oldest first. */
export async function openRequests<K extends RequestBody['kind']>(
  store: ObjectStore,
  kinds: readonly K[],
): Promise<(ControlRequest & { kind: K })[]> {
  const asked: string[] = [];
  const done = new Set<string>();
  for await (const key of keysOf(store, CONTROL_PREFIX)) {
    const parsed = parseControlKey(key);
    if (parsed?.stage === null) asked.push(parsed.id);
    if (parsed?.stage === 'done') done.add(parsed.id);
  }
  const open = await Promise.all(asked.filter((id) => !done.has(id)).map((id) => readJson(store, anyRequest, controlKey(id))));
  return open.filter((request): request is ControlRequest & { kind: K } => request !== null && kinds.some((kind) => kind === request.kind));
}

/** Whether a request asks to build this warehouse again. */
export function isRebuildOf(request: ControlRequest, warehouseId: string): boolean {
  return request.kind === 'rebuild' && (request.warehouseId === undefined || request.warehouseId === warehouseId);
}

/**
 * Reports one stage of a request. A stage is written once; 'exists' means that it was reported
 * before.
 */
export async function putStage<S extends Stage>(
  store: ObjectStore,
  at: { id: string; stage: S },
  body: StageBody<S>,
): Promise<'stored' | 'exists'> {
  return putJson(store, controlKey(at.id, at.stage), stageBodies[at.stage].parse(body));
}

/**
 * Removes a request that was answered, and its answer. In this order: an answer that is gone would
 * open the request again.
 */
export async function forgetRequest(store: ObjectStore, id: string): Promise<void> {
  await store.delete(controlKey(id));
  await store.delete(controlKey(id, 'done'));
}

/** One stage of a request; null until it is reached. */
export async function readStage<S extends Stage>(store: ObjectStore, at: { id: string; stage: S }): Promise<StageBody<S> | null> {
  return readJson(store, stageBodies[at.stage], controlKey(at.id, at.stage));
}

/** Waits for a stage. TIMED_OUT after `timeoutMs`, or when the signal is aborted. */
export async function awaitStage<S extends Stage>(
  store: ObjectStore,
  at: { id: string; stage: S },
  limits: { timeoutMs: number; signal?: AbortSignal },
): Promise<StageBody<S>> {
  const timeout = abortAfter(limits.timeoutMs);
  const signal = limits.signal === undefined ? timeout : AbortSignal.any([limits.signal, timeout]);
  for await (const _change of storeChanges(store, CONTROL_PREFIX, signal)) {
    const found = await readStage(store, at);
    if (found !== null) return found;
  }
  throw new TailraceError('TIMED_OUT', `the request (stage ${at.stage}) was not answered within ${Math.round(limits.timeoutMs / 1000)} s`);
}
