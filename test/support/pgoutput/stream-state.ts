import type { StreamRow } from '../replication.ts';

/** The rows of a table as a reader of the stream has them: by key, or as often as each is there. */
export type TableState = Map<string, StreamRow>;

/** How a table's rows are told apart: its key columns, or null for rows that are counted. */
export interface StateShape {
  readonly columns: readonly string[];
  readonly key: readonly string[] | null;
}

/** Names of rows that are counted: never the same twice. */
let copies = 0;

/**
 * Applies one file of the stream as the warehouse would: unchanged values are looked up by lineage,
 * in the file and then in the state before it. The plainest possible reader, to compare others and
 * the source with.
 */
export function applyFile(state: TableState, rows: readonly StreamRow[], shape: StateShape): void {
  const before = new Map(state);
  const latest = new Map<string, StreamRow>();
  for (const row of rows) {
    const op = row['_tr_op'];
    if (op === 'T') {
      state.clear();
    } else if (shape.key === null) {
      const content = JSON.stringify(shape.columns.map((column) => row[column]));
      if (op === 'D')
        state.delete([...state].find(([, kept]) => JSON.stringify(shape.columns.map((column) => kept[column])) === content)?.[0] ?? '');
      else state.set(`#${(copies += 1)}`, pick(row, shape.columns));
    } else if (op === 'D') {
      state.delete(keyOf(row, shape.key, ''));
    } else {
      const lineage = keyOf(row, shape.key, `_tr_lk_${shape.key[0]}` in row ? '_tr_lk_' : '');
      const begun = row['_tr_lk_new'] ?? '0';
      const entity = `${lineage}/${begun}`;
      const base = latest.get(entity) ?? (begun === '0' ? before.get(lineage) : undefined);
      const resolved = Object.fromEntries(
        shape.columns.map((column, index) => [
          column,
          isUnchanged(row, index) ? (base?.[column] ?? 'nobody knows') : (row[column] ?? null),
        ]),
      );
      latest.set(entity, resolved);
      state.set(keyOf(row, shape.key, ''), resolved);
    }
  }
}

function isUnchanged(row: StreamRow, column: number): boolean {
  const marks = Buffer.from((row['_tr_unchanged'] ?? '\\x').slice(2), 'hex');
  return (((marks[column >> 3] ?? 0) >> (column & 7)) & 1) === 1;
}

function keyOf(row: StreamRow, key: readonly string[], prefix: string): string {
  return key.map((column) => row[`${prefix}${column}`]).join('\0');
}

function pick(row: StreamRow, columns: readonly string[]): StreamRow {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}
