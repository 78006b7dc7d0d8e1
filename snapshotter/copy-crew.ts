import PQueue from 'p-queue';
import { describeError, retryOf } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import { putStage } from '../lake/control.ts';
import { createWriter } from '../lake/writer.ts';
import { copyGroup } from './copy-group.ts';
import type { Settled } from './copy-group.ts';
import type { CopyProgress } from './copy-table.ts';
import { Failures } from './failures.ts';
import { LetGo } from './let-go.ts';
import type { KnownGeneration, CopyTask, ChosenCopies } from './choose-copies.ts';
import { proveSource } from './prove-source.ts';
import { ReadRate } from './read-rate.ts';
import type { SnapshotterOptions } from './snapshotter.ts';

/**
 * The copies that are running, and the results of earlier ones. Tables chosen together share a
 * snapshot; tables chosen later get their own and do not wait for the earlier ones. Disposing of it
 * stops all copies and waits until they have ended.
 */
export class CopyCrew implements AsyncDisposable {
  readonly #options: SnapshotterOptions;
  readonly #stop = new AbortController();
  readonly #queue: PQueue;
  readonly #rate: ReadRate;
  readonly #writer = createWriter();
  readonly #failures = new Failures();
  readonly #busy = new Set<string>();
  readonly #groups = new Set<Promise<void>>();
  /** Generations finished here; a listing of the lake may lag and not show them yet. */
  readonly finished: KnownGeneration[] = [];

  constructor(options: SnapshotterOptions) {
    this.#options = options;
    this.#queue = new PQueue({ concurrency: options.parallel });
    this.#rate = new ReadRate(options.maxRate ?? null);
  }

  /** Tables that are not to be copied now: they are being copied, or wait after a failure. */
  held(): ReadonlySet<string> {
    return new Set([...this.#busy, ...this.#failures.waiting(elapsed())]);
  }

  /**
   * Whether copies are running, and every table is held or finished here: the lake need not be
   * listed then. A thousand tables are thousands of objects.
   */
  hasAll(tables: readonly { readonly tableId: string }[], held: ReadonlySet<string>): boolean {
    if (this.#busy.size === 0) return false;
    const finished = new Set(this.finished.map(({ tableId }) => tableId));
    return tables.every(({ tableId }) => held.has(tableId) || finished.has(tableId));
  }

  /** Answers the requests that need no copy. */
  async answer(chosen: ChosenCopies): Promise<void> {
    for (const id of chosen.served) await this.#answer(id, null);
    for (const request of chosen.unknown) {
      this.#options.log.warn({ table: request.table, request: request.id }, 'a copy was asked for of a table that is not published');
      await this.#answer(request.id, `${request.table} is not replicated`);
    }
  }

  /** Begins to copy these tables, at a consistent point of their own. */
  copy(tasks: readonly CopyTask[], epoch: number): void {
    if (tasks.length === 0) return;
    const { source, store, rules, chunkBytes, format, maxHoldMs, prove, signal } = this.#options;
    for (const task of tasks) this.#busy.add(task.tableId);
    const context = {
      source,
      store,
      writer: this.#writer,
      epoch,
      rules,
      queue: this.#queue,
      chunkBytes,
      rate: this.#rate,
      format: format ?? 'auto',
      prove: prove ?? proveSource(store, { signal: this.#stop.signal }),
      maxHoldMs: maxHoldMs ?? Number.POSITIVE_INFINITY,
      signal: AbortSignal.any([signal, this.#stop.signal]),
      onProgress: (progress: CopyProgress) => this.#progress(progress),
      onSettled: (task: CopyTask, outcome: Settled) => this.#settled(task, outcome),
    };
    const group = copyGroup(context, tasks).finally(() => this.#groups.delete(group));
    this.#groups.add(group);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#groups);
  }

  #progress({ table, rows, bytes, totalRows }: CopyProgress): void {
    this.#options.events?.({ event: 'progress', work: 'snapshot', table, done: rows, total: totalRows, unit: 'rows', bytes });
  }

  #settled(task: CopyTask, outcome: Settled): void {
    const { log, signal } = this.#options;
    this.#busy.delete(task.tableId);
    if ('generation' in outcome) {
      const { generation } = outcome;
      this.#failures.succeeded(task.tableId);
      this.finished.push({ tableId: task.tableId, generation, done: true, requests: task.requests });
      log.info({ table: task.table, generation, reason: task.reason }, 'table copied');
      for (const id of task.requests) void this.#answer(id, null).catch(() => undefined);
      return;
    }
    const { error } = outcome;
    if (error instanceof LetGo) return log.info({ table: task.table, reason: error.message }, 'copy goes on under another snapshot');
    if (signal.aborted || this.#stop.signal.aborted) return;
    const delayMs = this.#failures.failed(task.tableId, elapsed(), error);
    const level = retryOf(error) === 'backoff' ? 'warn' : 'error';
    log[level](
      { table: task.table, generation: task.generation, delayMs, error: describeError(error) },
      'the copy of a table failed, trying again',
    );
  }

  /** A lost answer does no harm: the plan names its requests, so the next look answers again. */
  async #answer(id: string, error: string | null): Promise<void> {
    await putStage(this.#options.store, { id, stage: 'done' }, error === null ? { ok: true } : { ok: false, error });
  }
}
