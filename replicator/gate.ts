/** What can be stopped and let go on. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/** Why nothing may be read just now. */
export type GateReason = 'memory' | 'catalog';

/** Stops a stream while there is any reason to. */
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
