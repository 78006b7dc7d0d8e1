import { dataKey, parseDataKey } from '../keys.ts';

/** The data objects of one writer. Its numbers are nearly dense, so plain arrays hold them. */
interface Written {
  /** By number: bytes + 1; 0: not listed. Below zero: the same, and it is named. */
  sizes: Float64Array;
  /** By number: index of the table. */
  tables: Uint32Array;
}

/**
 * Data objects of the stream as a listing shows them. Some bytes stand for each, so that those of a
 * lake of months fit in memory.
 */
export class StoredData {
  readonly #writers = new Map<string, Written>();
  readonly #tables: string[] = [];
  readonly #indexes = new Map<string, number>();

  /** A key that is not one of a data object of the stream is left out. */
  see(key: string, bytes: number): void {
    const of = streamKey(key);
    if (of === null) return;
    const { sizes, tables } = this.#room(of.writer, of.seq);
    sizes[of.seq] = bytes + 1;
    tables[of.seq] = this.#index(of.tableId);
  }

  /** Its size, and from now on it is named; null: it was not listed. */
  name(key: string): number | null {
    const of = streamKey(key);
    const written = of === null ? undefined : this.#writers.get(of.writer);
    if (of === null || written === undefined) return null;
    const size = written.sizes[of.seq] ?? 0;
    if (size === 0 || this.#tables[written.tables[of.seq] ?? 0] !== of.tableId) return null;
    written.sizes[of.seq] = -Math.abs(size);
    return Math.abs(size) - 1;
  }

  /** Keys of those that nothing has named. */
  *unnamed(): Generator<string> {
    for (const [writer, { sizes, tables }] of this.#writers)
      for (const [seq, size] of sizes.entries()) if (size > 0) yield dataKey(this.#tables[tables[seq] ?? 0] ?? '', writer, seq);
  }

  #room(writer: string, seq: number): Written {
    const known = this.#writers.get(writer) ?? { sizes: new Float64Array(0), tables: new Uint32Array(0) };
    this.#writers.set(writer, known);
    if (seq < known.sizes.length) return known;
    const length = Math.max(16, 2 ** Math.ceil(Math.log2(seq + 1)));
    const [sizes, tables] = [new Float64Array(length), new Uint32Array(length)];
    sizes.set(known.sizes);
    tables.set(known.tables);
    known.sizes = sizes;
    known.tables = tables;
    return known;
  }

  #index(tableId: string): number {
    const known = this.#indexes.get(tableId) ?? this.#tables.push(tableId) - 1;
    this.#indexes.set(tableId, known);
    return known;
  }
}

function streamKey(key: string): { tableId: string; writer: string; seq: number } | null {
  const of = parseDataKey(key);
  const tableId = /^data\/([^/]+)\//.exec(key)?.[1];
  return of === null || tableId === undefined ? null : { ...of, tableId };
}
