import type { Vector } from '../../core/vector.ts';
import { finishNested, FixedRows } from './growth.ts';
import { TextBuilder } from './text-builder.ts';

/**
 * Rows of maps text → text or NULL, almost all of them empty. Each row is `begin`, any number of
 * entries, `end`.
 */
export class MapBuilder {
  readonly #ends = new FixedRows(Int32Array);
  readonly #keys = new TextBuilder();
  readonly #values = new TextBuilder();

  get length(): number {
    return this.#ends.length;
  }

  get byteSize(): number {
    return this.#ends.byteSize + this.#keys.byteSize + this.#values.byteSize;
  }

  begin(): void {}

  add(key: string, value: string | null): void {
    this.#keys.appendString(key);
    if (value === null) this.#values.appendNull();
    else this.#values.appendString(value);
  }

  /** An entry whose value is `buf[start, end)`, unchanged. */
  addBytes(key: string, buf: Buffer, [start, end]: readonly [number, number]): void {
    this.#keys.appendString(key);
    this.#values.appendText(buf, start, end);
  }

  end(): void {
    const row = this.#ends.next();
    this.#ends.values[row] = this.#keys.length;
  }

  /** A row without entries. */
  appendEmpty(): void {
    this.end();
  }

  finish(): Vector {
    return finishNested({ kind: 'map' }, this.#ends, [this.#keys.finish(), this.#values.finish()]);
  }
}
