import type { Vector } from '../../core/vector.ts';
import { FixedRows } from './growth.ts';
import { setSafeInteger, setWords } from './int64.ts';

/** Unsigned 64-bit numbers of our own, such as LSNs and ordinals. */
export class Uint64Builder {
  readonly #rows = new FixedRows((entries) => new Int32Array(entries), 2);
  #lastBig = 0n;
  #lastLow = 0;
  #lastHigh = 0;

  get length(): number {
    return this.#rows.length;
  }

  get byteSize(): number {
    return this.#rows.byteSize;
  }

  /** A whole transaction has one commit LSN, so the words of the last bigint are kept. */
  append(value: number | bigint): void {
    const row = this.#rows.next();
    if (typeof value === 'number') {
      setSafeInteger(this.#rows.values, row, value);
      return;
    }
    if (value !== this.#lastBig) {
      this.#lastBig = value;
      this.#lastLow = Number(value & 0xffffffffn);
      this.#lastHigh = Number(value >> 32n);
    }
    setWords(this.#rows.values, row, this.#lastLow, this.#lastHigh);
  }

  appendNull(): void {
    this.#rows.appendNull();
  }

  finish(): Vector {
    return this.#rows.finish({ kind: 'uint64' }, (words) => new BigUint64Array(words.buffer, words.byteOffset, words.length / 2));
  }
}
