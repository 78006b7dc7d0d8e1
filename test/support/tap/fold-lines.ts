/** A line of `tailrace tap` (docs/TAP.md). */
export interface TapLine {
  readonly table: string;
  readonly op: 'copy' | 'insert' | 'update' | 'delete' | 'truncate';
  readonly key: Row | null;
  readonly row: Row | null;
  readonly unchanged: readonly string[];
  readonly lsn: string;
  readonly ordinal: number;
  readonly commitTime: string | null;
  readonly xid: number | null;
  readonly schema: string;
  readonly oid: number;
  readonly oldKey?: Row;
  readonly copied?: number;
}

export type Row = Readonly<Record<string, unknown>>;

/** Lines → the rows of each table, as a reader of docs/TAP.md does it. */
export class FoldedLines {
  readonly #tables = new Map<number, { readonly rows: Map<string, Row>; readonly bag: Row[] }>();
  #deleted: Row = {};

  take(line: TapLine): void {
    const { op, key, row, oid } = line;
    const table = this.#tables.get(oid) ?? { rows: new Map<string, Row>(), bag: [] };
    this.#tables.set(oid, table);
    if (op === 'truncate') {
      table.rows.clear();
      table.bag.length = 0;
    } else if (key === null) {
      const same = JSON.stringify(row);
      if (op !== 'delete') table.bag.push(row ?? {});
      else
        table.bag.splice(
          table.bag.findIndex((one) => JSON.stringify(one) === same),
          1,
        );
    } else {
      const at = JSON.stringify(key);
      const before = line.oldKey === undefined ? table.rows.get(at) : this.#deleted;
      if (op === 'delete') {
        this.#deleted = table.rows.get(at) ?? {};
        table.rows.delete(at);
      } else table.rows.set(at, { ...Object.fromEntries(line.unchanged.map((name) => [name, before?.[name]])), ...row });
    }
  }

  /** The rows of a table as they are. */
  all(oid: number): Row[] {
    const table = this.#tables.get(oid);
    return table === undefined ? [] : [...table.rows.values(), ...table.bag];
  }

  /** The rows of a table as sorted texts; columns in the order of their names. */
  rows(oid: number): string[] {
    return this.all(oid)
      .map((row) => JSON.stringify(Object.fromEntries(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)))))
      .toSorted();
  }
}

/** Whole lines of a text; one that is cut off at its end is left out. */
export function parseLines(text: string): TapLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TapLine);
}
