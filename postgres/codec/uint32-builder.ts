import type { Vector } from '../../core/vector.ts';
import { FixedRows } from './growth.ts';

/** Unsigned 32-bit numbers of our own, such as transaction ids. */
export class Uint32Builder {
  readonly #rows = new FixedRows((entries) => new Uint32Array(entries));

  get length(): number {
    return this.#rows.length;
  }

  get byteSize(): number {
    return this.#rows.byteSize;
  }

  append(value: number): void {
    const row = this.#rows.next();
    this.#rows.values[row] = value;
  }

  appendNull(): void {
    this.#rows.appendNull();
  }

  finish(): Vector {
    return this.#rows.finish({ kind: 'uint32' });
  }
}
