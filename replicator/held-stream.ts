import type { StreamSink } from '../postgres/stream/replication-stream.ts';

/** A call of a sink that has to wait. */
type Held =
  | { readonly kind: 'data'; readonly bytes: Buffer; readonly walEnd: number }
  | { readonly kind: 'keepalive'; readonly walEnd: bigint; readonly replyRequested: boolean }
  | { readonly kind: 'drained' };

/**
 * Holds the stream back from a sink, even in the middle of a chunk. The calls that still arrive
 * (for the rest of that chunk; the stream is paused) are kept and made in order afterwards.
 */
export class HeldStream implements StreamSink {
  readonly #sink: StreamSink;
  readonly #kept: Held[] = [];
  #held = false;

  constructor(sink: StreamSink) {
    this.#sink = sink;
  }

  /** True while anything waits. */
  get busy(): boolean {
    return this.#held || this.#kept.length > 0;
  }

  data(buf: Buffer, start: number, end: number, walEnd: number): void {
    if (this.busy) this.#kept.push({ kind: 'data', bytes: Buffer.from(buf.subarray(start, end)), walEnd });
    else this.#sink.data(buf, start, end, walEnd);
  }

  keepalive(walEnd: bigint, replyRequested: boolean): void {
    if (this.busy) this.#kept.push({ kind: 'keepalive', walEnd, replyRequested });
    else this.#sink.keepalive(walEnd, replyRequested);
  }

  drained(): void {
    if (this.busy) this.#kept.push({ kind: 'drained' });
    else this.#sink.drained();
  }

  hold(): void {
    this.#held = true;
  }

  /**
   * Makes the kept calls, until one of them holds the stream again. Returns true when none is left.
   */
  release(): boolean {
    this.#held = false;
    let shown = 0;
    for (const call of this.#kept) {
      if (this.#held) break;
      shown += 1;
      this.#show(call);
    }
    this.#kept.splice(0, shown);
    return !this.busy;
  }

  #show(call: Held): void {
    if (call.kind === 'data') this.#sink.data(call.bytes, 0, call.bytes.length, call.walEnd);
    else if (call.kind === 'keepalive') this.#sink.keepalive(call.walEnd, call.replyRequested);
    else this.#sink.drained();
  }
}
