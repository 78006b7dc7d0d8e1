import type { ColumnType } from '../core/column-type.ts';
import { literalCh, quoteCh } from '../warehouse/names.ts';
import { sourceText } from './canonical-source.ts';
import { warehouseText } from './canonical-warehouse.ts';
import type { ChosenRows } from './chosen-rows.ts';
import { cutCh, cutPg, sourceReadable, warehouseReadable } from './readable.ts';
import { quoted } from '../core/table.ts';
import { FORMS, formOf } from './field-form.ts';
import type { FieldForm } from './field-form.ts';

/** A column that both sides have. */
export interface ComparedColumn {
  readonly id: number;
  /** Its name at the source, at the verified position. */
  readonly name: string;
  readonly type: ColumnType;
  /** Type at the source, or type of `expression` where there is one. */
  readonly typeOid: number;
  /**
   * SQL of the source over the row `s` for the value that is replicated in place of the column;
   * absent: the column itself.
   */
  readonly expression?: string;
  /** Its values are never shown. */
  readonly hidden?: boolean;
}

/** What is compared and how: the placeholders of warehouse-sql/verify/*.sql for both sides. */
export interface Comparison {
  readonly columns: readonly ComparedColumn[];
  /** Rows are identified by all their columns, and equal ones may exist several times. */
  readonly keyless: boolean;
  readonly source: SideValues;
  readonly warehouse: SideValues & { readonly sign: string };
}

interface SideValues {
  /** 64 bits of the row. */
  readonly hash: string;
  /** 64 bits of its key, or of the row where there is no key. They choose the bucket. */
  readonly place: string;
  /** Array with one element per column: md5 of the canonical text. */
  readonly digests: string;
  /** Array with one element per column: readable text, shortened. */
  readonly shown: string;
  /** Array that names the row: readable texts of its key, or the md5 of a row without one. */
  readonly key: string;
}

/** The SQL of one side: how the text of a row is built and hashed. */
interface Dialect {
  text(column: ComparedColumn): string;
  /** Text of a row, of the canonical texts of its columns by their form. */
  joined(texts: TextsByForm): string;
  hash64(text: string): string;
  /** 64 bits that no other number of this column has; of such numbers the low bits differ too. */
  spread(column: ComparedColumn): string;
  md5(text: string): string;
  readable(column: ComparedColumn): string;
  digests(texts: readonly string[]): string;
  shown(texts: readonly string[]): string;
  array(texts: readonly string[]): string;
}

type TextsByForm = Readonly<Record<FieldForm, readonly string[]>>;

/** How rows are compared, beside their columns. */
export interface ComparisonOptions {
  /** Column ids; empty: the table has no key. */
  readonly key: readonly number[];
  /** False: the source has another encoding, so it hashes bytes converted to UTF-8. */
  readonly serverIsUtf8: boolean;
  /** Whether some rows are chosen by their place, which must be as good as random then. */
  readonly sampled: boolean;
}

/**
 * The text of a row is one field per column, `n` for NULL, first those that need no count of bytes
 * (field-form.ts). Its hash is the first 64 bits of the md5 of that text.
 */
export function compareBy(columns: readonly ComparedColumn[], { key, serverIsUtf8, sampled }: ComparisonOptions): Comparison {
  const keyColumns = key.flatMap((id) => columns.filter((column) => column.id === id));
  const keyless = keyColumns.length === 0;
  const sides = { columns, keyColumns, sampled };
  return {
    columns,
    keyless,
    source: sideValues(postgres(serverIsUtf8), sides),
    warehouse: { ...sideValues(CLICKHOUSE, sides), sign: keyless ? 's._tr_sign' : '1' },
  };
}

/** Compares numbers of rows only: all rows are equal and lie in one bucket. */
export function compareRowCounts(keyless: boolean): Comparison {
  const nothing = { digests: '', shown: '', key: '' };
  return {
    columns: [],
    keyless,
    source: { ...nothing, hash: '0::bigint', place: '0::bigint' },
    warehouse: { ...nothing, hash: 'toInt64(0)', place: 'toInt64(0)', sign: keyless ? 's._tr_sign' : '1' },
  };
}

/**
 * The chosen rows of a relation, as verify-source-*.sql read them. Expressions that are needed
 * twice are computed once.
 */
export function sourceRows(
  { source, keyless }: Comparison,
  chosen: ChosenRows,
  relation: string,
): { rows: string; place: string; hash: string; chosen: string } {
  if (!keyless && !chosen.needsPlace) return { rows: `${relation} AS s`, place: source.place, hash: source.hash, chosen: chosen.source };
  // A name of ours, since a row filter uses column names without a table name. OFFSET 0 keeps the
  // planner from copying the expression to every place that uses it.
  const rows = `${relation} AS s CROSS JOIN LATERAL (SELECT ${source.place} AS _tr_place OFFSET 0) AS p`;
  return { rows, place: 'p._tr_place', hash: keyless ? 'p._tr_place' : source.hash, chosen: chosen.source };
}

interface Sides {
  readonly columns: readonly ComparedColumn[];
  readonly keyColumns: readonly ComparedColumn[];
  readonly sampled: boolean;
}

function sideValues(dialect: Dialect, { columns, keyColumns, sampled }: Sides): SideValues {
  const texts = columns.map((column) => dialect.text(column));
  const row = rowText(dialect, columns);
  const hash = dialect.hash64(row);
  const shown = columns.map((column) => (column.hidden === true ? 'NULL' : dialect.readable(column)));
  const both = { hash, digests: dialect.digests(texts), shown: dialect.shown(shown) };
  const [first] = keyColumns;
  if (first === undefined) return { ...both, place: hash, key: dialect.array([dialect.md5(row)]) };
  const key = keyColumns.map((column) => (column.hidden === true ? dialect.md5(dialect.text(column)) : dialect.readable(column)));
  const isNumber = keyColumns.length === 1 && WHOLE_NUMBERS.has(first.type.kind);
  const place = isNumber && !sampled ? dialect.spread(first) : dialect.hash64(rowText(dialect, keyColumns));
  return { ...both, place, key: dialect.array(key) };
}

/** Kinds whose values fit 64 bits as they are. */
const WHOLE_NUMBERS = new Set<ColumnType['kind']>(['int2', 'int4', 'int8']);

/**
 * Numbers that count in the upper bits have equal low ones, and buckets are low bits. So the upper
 * bits are added to the lower ones, by XOR of x with itself shifted: another number for each x.
 */
const SPREAD = [12, 24, 36].map((bits) => ({ bits, mask: String(2n ** BigInt(64 - bits) - 1n) }));

function rowText(dialect: Dialect, columns: readonly ComparedColumn[]): string {
  const of = (form: FieldForm): string[] => columns.filter((column) => formOf(column) === form).map((column) => dialect.text(column));
  return dialect.joined({ plain: of('plain'), counted: of('counted'), digest: of('digest') });
}

function postgres(serverIsUtf8: boolean): Dialect {
  const bytes = (text: string): string => (serverIsUtf8 ? text : `convert_to(${text}, 'UTF8')`);
  const field = (form: FieldForm, text: string): string => {
    if (form === 'plain') return text;
    return form === 'digest' ? `md5(${bytes(text)})` : `octet_length(${bytes(text)}) || ':' || ${text}`;
  };
  return {
    text: (column) => sourceText(sourceValue(column), column.type, column.typeOid),
    joined: (texts) => concatenated(FORMS.flatMap((form) => texts[form].map((text) => `coalesce(${field(form, `(${text})`)}, 'n')`))),
    // The cast to 64 bits drops the rest of the md5.
    hash64: (text) => `('x' || md5(${bytes(text)}))::bit(64)::bigint`,
    spread: (column) => {
      const number = `${sourceValue(column)}::bigint`;
      return `(${[number, ...SPREAD.map(({ bits, mask }) => `((${number} >> ${bits}) & ${mask})`)].join(' # ')})`;
    },
    md5: (text) => `md5(${bytes(`(${text})`)})`,
    readable: (column) => sourceReadable(sourceValue(column), column.type, column.typeOid),
    digests: (texts) => arrayPg(texts.map((text) => `md5(${bytes(`(${text})`)})`)),
    shown: (texts) => arrayPg(texts.map(cutPg)),
    array: arrayPg,
  };
}

function sourceValue({ name, expression }: ComparedColumn): string {
  return expression ?? `s.${quoted(name)}`;
}

/**
 * In halves: appending one by one, 1,600 columns would copy the growing text 1,600 times, and nest
 * as deep.
 */
function concatenated(parts: readonly string[]): string {
  const [only = `''`] = parts;
  if (parts.length <= 1) return only;
  const middle = Math.ceil(parts.length / 2);
  return `(${concatenated(parts.slice(0, middle))} || ',' || ${concatenated(parts.slice(middle))})`;
}

function arrayPg(texts: readonly string[]): string {
  return `ARRAY[${texts.join(', ')}]::text[]`;
}

const FIELDS: Record<FieldForm, string> = {
  plain: 'v',
  counted: "concat(toString(length(v)), ':', v)",
  digest: 'lower(hex(MD5(v)))',
};

const CLICKHOUSE: Dialect = {
  text: (column) => warehouseText(stored(column)),
  // Over arrays, so that each text appears once. With 1,600 columns, the query would be too large
  // without this.
  joined: (texts) => {
    const parts = FORMS.filter((form) => texts[form].length > 0).map(
      (form) => `arrayMap(v -> ifNull(${FIELDS[form]}, 'n'), ${arrayCh(texts[form])})`,
    );
    if (parts.length === 0) return "''";
    return `arrayStringConcat(${parts.length === 1 ? parts[0] : `arrayConcat(${parts.join(', ')})`}, ',')`;
  },
  hash64: (text) => `reinterpretAsInt64(reverse(substring(MD5(${text}), 1, 8)))`,
  spread: (column) => {
    const number = `toInt64(${stored(column).column})`;
    return `toInt64(${SPREAD.reduce((sum, { bits, mask }) => `bitXor(${sum}, bitAnd(bitShiftRight(${number}, ${bits}), ${mask}))`, number)})`;
  },
  md5: (text) => `lower(hex(MD5(${text})))`,
  readable: (column) => warehouseReadable(stored(column)),
  digests: (texts) => `arrayMap(v -> lower(hex(MD5(v))), ${arrayCh(texts)})`,
  shown: (texts) => `arrayMap(v -> ${cutCh('v')}, ${arrayCh(texts)})`,
  array: arrayCh,
};

function arrayCh(texts: readonly string[]): string {
  return `CAST([${texts.join(', ')}], 'Array(Nullable(String))')`;
}

function stored({ id, type, typeOid }: ComparedColumn): Parameters<typeof warehouseText>[0] {
  return { column: `s.${quoteCh(`c${id}`)}`, exactKey: literalCh(`c${id}`), type, typeOid };
}
