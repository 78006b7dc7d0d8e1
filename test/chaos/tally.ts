/** How often each fault was struck and each failpoint was hit. */
export class Tally {
  readonly #faults = new Map<string, number>();
  readonly #failpoints = new Map<string, number>();

  fault(name: string): void {
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
  }

  failpoint(name: string): void {
    this.#failpoints.set(name, (this.#failpoints.get(name) ?? 0) + 1);
  }

  /** The counts of all these names, 0 where nothing happened. */
  counts(names: { readonly faults: readonly string[]; readonly failpoints: readonly string[] }): {
    faults: Record<string, number>;
    failpoints: Record<string, number>;
  } {
    return { faults: countsOf(names.faults, this.#faults), failpoints: countsOf(names.failpoints, this.#failpoints) };
  }
}

function countsOf(names: readonly string[], counted: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, counted.get(name) ?? 0]));
}
