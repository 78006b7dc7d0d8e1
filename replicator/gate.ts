/** A stream that can be paused and resumed. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/** Why the stream is paused. */
export type GateReason = 'memory' | 'catalog';

/** Pauses a stream while there is at least one reason. */
export class Gate {
  readonly #stream: Pausable;
  readonly #reasons = new Set<GateReason>();

  constructor(stream: Pausable) {
    this.#stream = stream;
  }

  shut(reason: GateReason): void {
    if (this.#reasons.size === 0) this.#stream.pause();
    this.#reasons.add(reason);
  }

  open(reason: GateReason): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#stream.resume();
  }
}
