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

/** What a reader knows from `schema show` about the newest version of a table. */
export interface NewestVersions {
  /** What rows from before a column have for it. */
  readonly missingOf: (oid: number) => Row;
  /** The name that a column of a line's version has there; undefined: it is gone. */
  readonly nameOf: (line: TapLine, name: string) => string | undefined;
}

/** Lines → the rows of each table, as a reader of docs/TAP.md does it. */
export class FoldedLines {
  readonly #tables = new Map<number, { readonly rows: Map<string, Row>; readonly bag: Row[] }>();
  readonly #missingOf: NewestVersions['missingOf'];
  readonly #nameOf: NewestVersions['nameOf'];
  #deleted: Row = {};

  constructor({ missingOf, nameOf }: NewestVersions = { missingOf: () => ({}), nameOf: (_, name) => name }) {
    this.#missingOf = missingOf;
    this.#nameOf = nameOf;
  }

  take(line: TapLine): void {
    const { op, key, oid } = line;
    const row = this.#named(line, line.row ?? {});
    const table = this.#tables.get(oid) ?? { rows: new Map<string, Row>(), bag: [] };
    this.#tables.set(oid, table);
    if (op === 'truncate') {
      table.rows.clear();
      table.bag.length = 0;
    } else if (key === null) {
      if (op !== 'delete') table.bag.push(row);
      else {
        const equal = table.bag.findIndex((one) => this.#equals({ ...this.#missingOf(oid), ...one }, row));
        if (equal >= 0) table.bag.splice(equal, 1);
      }
    } else {
      const at = JSON.stringify(this.#named(line, key));
      const before = line.oldKey === undefined ? table.rows.get(at) : this.#deleted;
      if (op === 'delete') {
        this.#deleted = table.rows.get(at) ?? {};
        table.rows.delete(at);
      } else
        table.rows.set(at, {
          ...kept(
            before ?? {},
            line.unchanged.map((name) => this.#nameOf(line, name)),
          ),
          ...row,
        });
    }
  }

  #named(line: TapLine, cells: Row): Row {
    return Object.fromEntries(
      Object.entries(cells).flatMap(([name, value]) => {
        const newest = this.#nameOf(line, name);
        return newest === undefined ? [] : [[newest, value]];
      }),
    );
  }

  /** By the columns of the second, which is of the newer version. */
  #equals(one: Row, other: Row): boolean {
    return Object.entries(other).every(([name, value]) => JSON.stringify(one[name] ?? null) === JSON.stringify(value));
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

/** The cells of a row under these names, as far as it has them. */
function kept(row: Row, names: readonly (string | undefined)[]): Row {
  return Object.fromEntries(names.flatMap((name) => (name !== undefined && name in row ? [[name, row[name]]] : [])));
}

/** Whole lines of a text; one that is cut off at its end is left out. */
export function parseLines(text: string): TapLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TapLine);
}
