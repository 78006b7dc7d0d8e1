import type { Data } from 'apache-arrow';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import { cellText } from '../arrow-cell.ts';
import type { DecodedFile } from '../arrow-read.ts';
import type { FileEntry } from '../manifest.ts';
import { LINEAGE_COLUMN, ROW_COLUMN, keyColumns, lineageColumn } from '../row-columns.ts';
import { cellJson } from './cell-json.ts';

/** What the lines of one table in one schema have in common. */
export interface TappedTable {
  /** `schema.table` */
  readonly table: string;
  readonly oid: number;
  /** `public.orders@3` */
  readonly version: string;
  readonly schema: TableSchema;
}

/** A line on its way, with what orders it. */
export interface TapLine {
  readonly lsn: Lsn;
  readonly ordinal: number;
  text(): string;
}

/** What a line says beside its row. */
interface LineFacts {
  readonly op: 'copy' | 'insert' | 'update' | 'delete' | 'truncate';
  readonly lsn: string;
  readonly ordinal: number;
  readonly commitTime: string | null;
  readonly xid: number | null;
  /** JSON texts; null: there is none. */
  readonly key: string | null;
  readonly row: string | null;
  readonly unchanged?: readonly string[];
  /** JSON text of the key that the row had before. */
  readonly oldKey?: string;
  /** Number of a row of a copy. */
  readonly copied?: number;
}

/** One line of a tap. The order of its fields is fixed; optional ones come last. */
export function lineText({ table, oid, version }: Omit<TappedTable, 'schema'>, facts: LineFacts): string {
  const { op, key, row, unchanged = [], lsn, ordinal, commitTime, xid, oldKey, copied } = facts;
  const more = `${oldKey === undefined ? '' : `,"oldKey":${oldKey}`}${copied === undefined ? '' : `,"copied":${copied}`}`;
  return `{"table":${JSON.stringify(table)},"op":"${op}","key":${key},"row":${row},"unchanged":${JSON.stringify(unchanged)},"lsn":"${lsn}","ordinal":${ordinal},"commitTime":${JSON.stringify(commitTime)},"xid":${xid},"schema":${JSON.stringify(version)},"oid":${oid}${more}}\n`;
}

const OPS = { I: 'insert', U: 'update', D: 'delete', T: 'truncate' } as const;

/** The columns of an Arrow file, by the names of a table. */
export class RowReader {
  readonly #columns: readonly { readonly column: Column; readonly data: Data | undefined; readonly name: string }[];
  readonly #key: readonly { readonly column: Column; readonly data: Data | undefined; readonly name: string }[];
  readonly #exact: Data | undefined;

  constructor(schema: TableSchema, { fields, columns }: Pick<DecodedFile, 'fields' | 'columns'>) {
    const place = (column: Column) => ({ column, data: columns[fields.indexOf(column.field)], name: JSON.stringify(column.name) });
    this.#columns = schema.columns.map(place);
    this.#key = keyColumns(schema).map(place);
    this.#exact = columns[fields.indexOf(ROW_COLUMN.exact)];
  }

  /** Texts beside the columns, by field; null: the value is NULL. */
  exact(row: number): Readonly<Record<string, string | null>> | null {
    const exact = this.#exact;
    if (exact === undefined || exact.valueOffsets[row] === exact.valueOffsets[row + 1]) return null;
    return JSON.parse(cellJson(exact, row, { kind: 'map' })) as Record<string, string | null>;
  }

  /** null: the table has no key. */
  key(row: number, exact = this.exact(row)): string | null {
    return this.#key.length === 0 ? null : objectText(this.#key, row, exact);
  }

  row(row: number, unchanged: ReadonlySet<string> | null = null, exact = this.exact(row)): string {
    const there = unchanged === null ? this.#columns : this.#columns.filter(({ column }) => !unchanged.has(column.name));
    return objectText(there, row, exact);
  }
}

function objectText(
  columns: readonly { readonly column: Column; readonly data: Data | undefined; readonly name: string }[],
  row: number,
  exact: Readonly<Record<string, string | null>> | null,
): string {
  const cells = columns.map(({ column, data, name }) => {
    const beside = exact !== null && Object.hasOwn(exact, column.field) ? JSON.stringify(exact[column.field]) : undefined;
    return `${name}:${beside ?? (data === undefined ? 'null' : cellJson(data, row, column.type))}`;
  });
  return `{${cells.join(',')}}`;
}

/**
 * The rows of a file of the stream that count, as lines. A part of a transaction that was taken
 * while it ran has its commit in the manifest.
 */
export function* tappedFile(of: TappedTable, file: FileEntry, decoded: DecodedFile): Generator<TapLine> {
  const { schema } = of;
  const place = (name: string): Data | undefined => decoded.columns[decoded.fields.indexOf(name)];
  const reader = new RowReader(schema, decoded);
  const [ops, lsns, ordinals, times, xids, marks] = [
    ROW_COLUMN.op,
    ROW_COLUMN.commitLsn,
    ROW_COLUMN.ordinal,
    ROW_COLUMN.commitTime,
    ROW_COLUMN.xid,
    ROW_COLUMN.unchanged,
  ].map(place);
  if (ops === undefined || lsns === undefined || ordinals === undefined || times === undefined || xids === undefined) return;
  const aborted = new Set(file.abortedXids);
  const entityOf = entities(schema, place);
  const lsnOf = file.commitLsn === undefined ? (row: number) => BigInt(lsns.values[row]) : always(parseLsn(file.commitLsn));
  for (let row = 0; row < decoded.rowCount; row += 1) {
    const xid = Number(xids.values[row]);
    if (aborted.has(xid)) continue;
    const lsn = lsnOf(row);
    const ordinal = Number(ordinals.values[row]);
    const at = row;
    yield {
      lsn,
      ordinal,
      text() {
        const op = OPS[(cellText(ops, at) ?? 'I') as keyof typeof OPS];
        const exact = reader.exact(at);
        const unchanged = unchangedNames(schema, marks, at);
        const moved = op === 'update' && at > 0 && entityOf !== null && entityOf(at - 1) === entityOf(at) && cellText(ops, at - 1) === 'D';
        const follows = moved && Number(ordinals.values[at - 1]) === ordinal - 1 && lsnOf(at - 1) === lsn;
        const keyed = schema.key.length > 0;
        return lineText(of, {
          op,
          lsn: formatLsn(lsn),
          ordinal,
          commitTime: file.commitTime ?? isoTime(cellText(times, at) ?? ''),
          xid: file.topXid ?? xid,
          key: op === 'truncate' ? null : reader.key(at, exact),
          row: op === 'truncate' || (op === 'delete' && keyed) ? null : reader.row(at, unchanged, exact),
          unchanged: unchanged === null ? [] : [...unchanged],
          ...(follows ? { oldKey: reader.key(at - 1) ?? 'null' } : {}),
        });
      },
    };
  }
}

/** Tells apart the entities of a file with key changes; null: it has none. */
function entities(schema: TableSchema, place: (name: string) => Data | undefined): ((row: number) => string) | null {
  const names = [...keyColumns(schema).map(({ field }) => lineageColumn(field)), LINEAGE_COLUMN.exact, LINEAGE_COLUMN.begun];
  const columns = names.map(place).filter((data) => data !== undefined);
  return columns.length < names.length ? null : (row) => JSON.stringify(columns.map((data) => cellText(data, row)));
}

function unchangedNames({ columns }: TableSchema, marks: Data | undefined, row: number): ReadonlySet<string> | null {
  if (marks === undefined || marks.valueOffsets[row] === marks.valueOffsets[row + 1]) return null;
  const bits: Uint8Array = marks.values.subarray(marks.valueOffsets[row], marks.valueOffsets[row + 1]);
  return new Set(columns.flatMap(({ name }, i) => ((((bits[i >> 3] ?? 0) >> (i & 7)) & 1) === 1 ? [name] : [])));
}

function always<T>(value: T): () => T {
  return () => value;
}

/** `2026-01-01 00:00:00.000000+00` → ISO 8601 with microseconds. */
function isoTime(text: string): string {
  return text.replace(' ', 'T').replace('+00', 'Z');
}
