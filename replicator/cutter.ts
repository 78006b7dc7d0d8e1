import { moment } from '../core/time.ts';
import type { Time } from '../core/time.ts';
import { timerMs } from '../core/timer.ts';
import type { FileEntry, Manifest } from '../lake/manifest.ts';
import type { Acker } from './acker.ts';
import type { CatalogWatch } from './catalog/catalog-watch.ts';
import { decideCut } from './cut.ts';
import type { CutLimits } from './cut.ts';
import type { Publisher } from './publish.ts';
import type { Batch, OpenBatch } from './rows/open-batch.ts';
import type { TablePart } from './rows/table-part.ts';

/** What a cutter works with. */
export interface CutterOptions {
  readonly batch: OpenBatch;
  readonly watch: Pick<CatalogWatch, 'capture'>;
  readonly publisher: Publisher;
  readonly acker: Acker;
  readonly limits: CutLimits;
  readonly time: Time;
  /** Writes one file of an open transaction. */
  readonly write: (part: TablePart) => Promise<FileEntry>;
  /** Called with each stored manifest. */
  readonly published: (manifest: Manifest, batch: Batch) => void;
  /** Called with what ended a publication. */
  readonly failed: (error: unknown) => void;
  /** Called when the cutter should be asked again. */
  readonly due: () => void;
}

/** What the stream is doing when the cutter is asked. */
export interface StreamState {
  /** Everything that the source had to say was read. */
  readonly drained: boolean;
  readonly inTransaction: boolean;
  /** Parts of the stream were received and are held back. */
  readonly held: boolean;
}

/**
 * Ends the batch under construction when `decideCut` says so, publishes one batch at a time, and
 * puts the position of an idle source into heartbeat manifests.
 */
export class Cutter {
  readonly #options: CutterOptions;
  #publishing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #timerAtMs = Infinity;
  #endedAtMs: number | null = null;

  constructor(options: CutterOptions) {
    this.#options = options;
  }

  /** Does what is due now, and asks to be called again when something will be. */
  consider(stream: StreamState): void {
    const { acker, batch, limits, time } = this.#options;
    const { requested } = acker;
    const { wallMs, elapsedMs: nowMs } = moment(time);
    const { rows, bytes, worthy, costly, openedAtMs } = batch;
    const { drained, inTransaction } = stream;
    const publishing = this.#publishing !== null;
    const lagMs = batch.lagMs(wallMs);
    const decision = decideCut(
      { rows, bytes, worthy, costly, lagMs, openedAtMs, endedAtMs: this.#endedAtMs, drained, inTransaction, requested, publishing },
      limits,
      nowMs,
    );
    if (decision.kind === 'cut') this.#publish();
    else if (decision.kind === 'spill') batch.spill(this.#options.write);
    else if (decision.ms !== null) this.#wakeIn(decision.ms, nowMs);
    else this.#heartbeat(stream, nowMs);
  }

  /** Publishes what is complete, unless `mayEnd` denies it once the last publication is over. */
  async finish(mayEnd: () => boolean): Promise<void> {
    await this.#publishing;
    if (!mayEnd() || this.#options.batch.openedAtMs === null) return;
    this.#publish();
    await this.#publishing;
  }

  /** True while a batch is on its way into the lake. */
  get publishing(): boolean {
    return this.#publishing !== null;
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #heartbeat({ inTransaction, held }: StreamState, nowMs: number): void {
    const { acker, batch } = this.#options;
    const idle = batch.openedAtMs === null && this.#publishing === null && !held && !inTransaction;
    const decision = acker.heartbeat(idle, nowMs);
    if (decision.kind === 'wait') return decision.ms === null ? undefined : this.#wakeIn(decision.ms, nowMs);
    batch.skipTo(decision.to);
    this.#publish();
  }

  #publish(): void {
    const { batch, time } = this.#options;
    if (batch.worthy) this.#endedAtMs = time.elapsed();
    this.#publishing = this.#publishBatch(batch.take());
  }

  /** Never rejects. */
  async #publishBatch(batch: Batch): Promise<void> {
    const { publisher, watch, published, failed, due } = this.#options;
    try {
      const manifest = await publisher.publish(batch, watch.capture());
      this.#publishing = null;
      published(manifest, batch);
      due();
    } catch (error) {
      failed(error);
    }
  }

  #wakeIn(ms: number, nowMs: number): void {
    if (this.#timer !== null && this.#timerAtMs <= nowMs + ms) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAtMs = nowMs + ms;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#options.due();
    }, timerMs(ms));
  }
}
