/**
 * Runs tasks on interchangeable resources: one task at a time on each, in the order of the calls. A
 * lane of one resource is a queue.
 */
export class Lane<R extends object | string> {
  readonly #free: R[];
  readonly #waiting: ((resource: R) => void)[] = [];

  constructor(resources: readonly R[]) {
    this.#free = [...resources];
  }

  /** How many tasks wait for a resource. */
  get waiting(): number {
    return this.#waiting.length;
  }

  async run<T>(task: (resource: R) => Promise<T>): Promise<T> {
    const [free] = this.#free.splice(-1);
    const resource = free ?? (await new Promise<R>((take) => this.#waiting.push(take)));
    try {
      return await task(resource);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(resource);
      else this.#free.push(resource);
    }
  }
}
