import { columnMemory } from '../core/buffer-pool.ts';
import { TailraceError } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { formatLsn } from '../core/lsn.ts';
import { systemTime } from '../core/time.ts';
import { checksum } from '../lake/arrow-file.ts';
import { chunkDataKey } from '../lake/keys.ts';
import { putChunk } from '../lake/snapshot-log.ts';
import type { SnapshotChunk } from '../lake/snapshot-log.ts';
import { UnnamedFiles } from '../lake/unnamed-files.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { ChunkNumbers } from './chunk-numbers.ts';
import { copyRange } from './copy-range.ts';
import type { CopiedPiece, RangeToCopy } from './copy-range.ts';
import type { CopyContext, Planned } from './copy-table.ts';
import { CopyStopped } from './copy-stopped.ts';
import { checkUnchanged, lockRelation } from './guard.ts';
import { LetGo } from './let-go.ts';

/**
 * Copies the ranges of one table on the shared queue. Returns what the copy has by then, earlier
 * chunks included.
 * The first range that fails stops the others, and its error is thrown. Throws CopyStopped when the
 * signal stopped all of them, and LetGo between two ranges when the snapshot was held long enough
 * and the rest can be copied under a new one.
 */
export async function copyRanges(context: CopyContext, planned: Planned): Promise<{ readonly chunks: number; readonly rows: number }> {
  return new RangeCopies(context, planned).run();
}

class RangeCopies {
  readonly #context: CopyContext;
  readonly #planned: Planned;
  readonly #numbers: ChunkNumbers;
  readonly #unnamed: UnnamedFiles;
  /** Aborted by the first failure, which is its reason. */
  readonly #failed = new AbortController();
  readonly #stopped: AbortSignal;
  #begun = false;
  #letGo = false;
  #bytes: number;
  #rows: number;

  constructor(context: CopyContext, planned: Planned) {
    this.#context = context;
    this.#planned = planned;
    this.#stopped = AbortSignal.any([context.signal, this.#failed.signal]);
    this.#unnamed = new UnnamedFiles(context.store, systemTime);
    const { named } = planned.copy;
    this.#numbers = new ChunkNumbers(named);
    this.#rows = named.reduce((sum, { rows }) => sum + rows, 0);
    this.#bytes = named.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async run(): Promise<{ readonly chunks: number; readonly rows: number }> {
    const { copy, priority } = this.#planned;
    const results = await Promise.allSettled(
      copy.ranges.map((range) => this.#context.queue.add(() => this.#copyRange(range), { priority })),
    );
    await this.#unnamed.close();
    if (this.#failed.signal.aborted) throw this.#failed.signal.reason;
    const ended = results.find((result) => result.status === 'rejected');
    if (ended !== undefined) throw ended.reason;
    return this.#numbers.whole;
  }

  async #copyRange(range: RangeToCopy): Promise<void> {
    if (this.#stopped.aborted) throw new CopyStopped();
    if (this.#isLetGo(range)) throw new LetGo();
    this.#begun = true;
    try {
      // Before the plans of other tables: a table that is planned becomes live sooner.
      await this.#context.sessions.run((inside) => this.#copyGuarded(inside, range), 1);
    } catch (error) {
      // Only the first call counts, and what stops because of it is no failure.
      if (!(error instanceof CopyStopped)) this.#failed.abort(error);
      throw error;
    }
  }

  async #copyGuarded(inside: SqlConnection, range: RangeToCopy): Promise<void> {
    const { relations, form } = this.#planned;
    const leaf = relations.find(({ oid }) => oid === range.leafOid);
    if (leaf === undefined) throw new TailraceError('INTERNAL', 'a range of a relation that is not in the plan');
    await lockRelation(inside, leaf);
    await checkUnchanged(this.#context.outside, [leaf]);
    let storing: Promise<void> = Promise.resolve();
    const { chunkBytes, rate } = this.#context;
    const reading = { form, leaf, range, chunkBytes, rate, signal: this.#stopped };
    // One file is stored while the next one is read.
    try {
      for await (const piece of copyRange(inside, reading)) {
        await storing;
        storing = this.#store(piece, range);
        storing.catch(() => undefined);
      }
    } finally {
      await storing.catch(() => undefined);
    }
    await storing;
  }

  async #store({ file, rows, nulls, last }: CopiedPiece, { changedSince, ...range }: RangeToCopy): Promise<void> {
    const { store, writer } = this.#context;
    const { task, copy, totalRows } = this.#planned;
    const of = { tableId: task.tableId, generation: copy.generation };
    const path = chunkDataKey(of, writer.id, writer.next());
    const put = store.put(path, file);
    this.#unnamed.add(path, put);
    await put;
    failpoint('chunk-put');
    await this.#unnamed.claim([path]);
    const n = this.#numbers.take();
    const digest = checksum(file);
    const bytes = file.byteLength;
    columnMemory.giveBack(file.buffer);
    const ends = last && changedSince === null ? { endsRange: true } : {};
    const point = copy.later === null ? {} : { consistentPoint: formatLsn(copy.later) };
    await this.#name({
      ...of,
      n,
      path,
      rows,
      bytes,
      checksum: digest,
      range,
      ...ends,
      ...point,
      ...(nulls.length > 0 ? { nulls: [...nulls] } : {}),
    });
    failpoint('chunk-named');
    this.#numbers.named(n, rows);
    this.#rows += rows;
    this.#bytes += bytes;
    this.#context.onProgress({ table: task.table, rows: this.#rows, bytes: this.#bytes, totalRows });
  }

  async #name(chunk: SnapshotChunk): Promise<void> {
    try {
      await putChunk(this.#context.store, chunk);
    } catch (error) {
      // The number belongs to another process for good, so nothing will name the file. After any
      // other failure the record may be stored.
      if (error instanceof TailraceError && error.code === 'FENCED') await this.#unnamed.drop([chunk.path]);
      throw error;
    }
  }

  /**
   * Each snapshot copies at least one range. A second look at copied ranges has to be whole under
   * one snapshot, however long it takes: a new beginning would only take longer.
   */
  #isLetGo({ changedSince }: RangeToCopy): boolean {
    this.#letGo ||= this.#begun && changedSince === null && this.#planned.copy.resumable && this.#context.heldLongEnough();
    return this.#letGo;
  }
}
