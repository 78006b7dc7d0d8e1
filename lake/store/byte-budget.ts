import PQueue from 'p-queue';

interface Waiting {
  readonly bytes: number;
  go(): void;
}

/**
 * Runs tasks in order, a few at a time, while the bytes they hold stay within a budget. A task
 * larger than the whole budget runs alone.
 */
export class ByteBudget {
  readonly #queue: PQueue;
  readonly #budget: number;
  readonly #waiting: Waiting[] = [];
  #held = 0;

  constructor(limits: { bytes: number; concurrency: number }) {
    this.#budget = limits.bytes;
    this.#queue = new PQueue({ concurrency: limits.concurrency });
  }

  /** Resolves or rejects as the task does. */
  async run<T>(bytes: number, task: () => Promise<T>): Promise<T> {
    return this.#queue.add(async () => {
      await this.#take(bytes);
      try {
        return await task();
      } finally {
        this.#held -= bytes;
        this.#admit();
      }
    });
  }

  async #take(bytes: number): Promise<void> {
    const admitted = new Promise<void>((resolve) => {
      this.#waiting.push({ bytes, go: resolve });
    });
    this.#admit();
    await admitted;
  }

  /** In order, so that small tasks do not overtake a large one forever. */
  #admit(): void {
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      if (this.#held > 0 && this.#held + next.bytes > this.#budget) return;
      this.#waiting.shift();
      this.#held += next.bytes;
      next.go();
    }
  }
}
