import { PgoutputDecoder } from '../postgres/pgoutput/decoder.ts';
import type { StreamSink } from '../postgres/stream/replication-stream.ts';
import type { Acker } from './acker.ts';
import { isFull } from './cut.ts';
import type { CutLimits } from './cut.ts';
import type { Assembler } from './rows/assemble.ts';
import type { OpenBatch } from './rows/open-batch.ts';

/** What an intake works with. */
export interface IntakeOptions {
  readonly assembler: Assembler;
  readonly batch: OpenBatch;
  readonly acker: Acker;
  readonly limits: CutLimits;
  /** Called when what came may end the batch. */
  readonly due: () => void;
}

/** Takes in what the stream shows: messages go through the decoder to the assembler. */
export class Intake implements StreamSink {
  readonly #options: IntakeOptions;
  readonly #decoder: PgoutputDecoder;
  #drained = true;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#decoder = new PgoutputDecoder(options.assembler);
  }

  /** True when everything that the source had to say was read. */
  get isDrained(): boolean {
    return this.#drained;
  }

  data(buf: Buffer, start: number, end: number): void {
    this.#drained = false;
    this.#decoder.decode(buf, start, end);
    const { assembler, batch, limits, due } = this.#options;
    const { stream } = assembler;
    if (stream.current === null ? isFull(batch, limits) : stream.bytes >= limits.bytes) due();
  }

  keepalive(walEnd: bigint, replyRequested: boolean): void {
    this.#options.acker.keepalive(walEnd, replyRequested);
    this.#options.due();
  }

  drained(): void {
    this.#drained = true;
    this.#options.due();
  }
}
