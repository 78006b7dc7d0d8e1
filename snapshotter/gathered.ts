/** At most this many are read by one statement. */
const MOST = 200;

interface Waiting<T> {
  readonly oid: number;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Facts about many relations, by oid. Those that are asked for while a read runs are the next read
 * together, so a thousand tables do not cost a statement each.
 */
export class Gathered<T> {
  readonly #read: (take: () => readonly number[]) => Promise<ReadonlyMap<number, T>>;
  readonly #none: T;
  #waiting: Waiting<T>[] = [];

  /**
   * `read` calls `take` once, right before its statement: every read begins after it was asked for.
   * `none`: the value of an oid that the read does not find.
   */
  constructor(read: (take: () => readonly number[]) => Promise<ReadonlyMap<number, T>>, none: T) {
    this.#read = read;
    this.#none = none;
  }

  /** Reads of one statement fail together. */
  async get(oid: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({ oid, resolve, reject });
    if (this.#waiting.length === 1) void this.#next();
    return promise;
  }

  async #next(): Promise<void> {
    let taken: readonly Waiting<T>[] = [];
    const take = (): readonly number[] => {
      taken = this.#waiting.splice(0, MOST);
      if (this.#waiting.length > 0) void this.#next();
      return [...new Set(taken.map(({ oid }) => oid))];
    };
    try {
      const found = await this.#read(take);
      for (const { oid, resolve } of taken) resolve(found.get(oid) ?? this.#none);
    } catch (error) {
      if (taken.length === 0) take();
      for (const { reject } of taken) reject(error);
    }
  }
}
