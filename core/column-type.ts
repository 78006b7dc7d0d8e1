import { KINDS } from './column-kinds.ts';
import type { PlainKind } from './column-kinds.ts';

/**
 * The type of a single value in the lake and in the warehouse. core/column-kinds.ts says what each
 * kind is there.
 */
export type ScalarType = { readonly kind: PlainKind } | NumericType;

/** A decimal of `precision` digits, `scale` of them behind the point. */
export interface NumericType {
  readonly kind: 'numeric';
  readonly precision: number;
  readonly scale: number;
  /**
   * The source's type has more digits, or no limit. A value that does not fit is kept beside the
   * column, and trailing zeros are not kept at all.
   */
  readonly unbounded?: true;
}

/** What a source column becomes. */
export type ColumnType = ScalarType | { readonly kind: 'array'; readonly element: ScalarType };

/** ClickHouse's type of one value. */
export function clickhouseType(type: ScalarType): string {
  return type.kind === 'numeric' ? `Decimal(${type.precision}, ${type.scale})` : KINDS[type.kind].clickhouse;
}

/** ClickHouse's type of a stored column that may be NULL. */
export function clickhouseColumn(type: ColumnType): string {
  if (type.kind === 'array') return `Array(${clickhouseElement(type.element)})`;
  return KINDS[type.kind].column ?? clickhouseElement(type);
}

function clickhouseElement(type: ScalarType): string {
  const one = clickhouseType(type);
  return KINDS[type.kind].nullAs === undefined ? `Nullable(${one})` : one;
}

/** True for types whose NULL has to be named in `_tr_exact`, because the column cannot be NULL. */
export function namesNull(type: ColumnType): boolean {
  return type.kind === 'array' || KINDS[type.kind].nullAs === 'beside';
}

/**
 * True for types that are their exact text in a key: a sort key needs values that differ where
 * Postgres's do, and none of them NULL.
 */
export function isTextInKey(type: ColumnType): boolean {
  return type.kind === 'array' || KINDS[type.kind].nullAs !== undefined;
}

/** Whether a key column of the type holds every value exactly, so that no text stands beside it. */
export function isExactInKey(type: ColumnType): boolean {
  return type.kind !== 'array' && !isTextInKey(type) && KINDS[type.kind].beside === '';
}

/** Whether its values are or contain floats, which compare two different zeros as equal. */
export function hasFloats(type: ColumnType): boolean {
  return type.kind === 'array' ? hasFloats(type.element) : clickhouseType(type).includes('Float');
}

/** What separates the elements of an array. */
export function arrayDelimiter(element: ScalarType): ',' | ':' {
  return KINDS[element.kind].delimiter ?? ',';
}

/**
 * Whether every value of one type is the same value, printed the same way, in another, so that a
 * stored column may be rewritten. A value kept beside a column is one that the column cannot hold,
 * so only a column that holds every value may get another type.
 */
export function holdsValuesOf(now: ColumnType, before: ColumnType): boolean {
  if (now.kind === 'array' && before.kind === 'array') return holdsValuesOf(now.element, before.element);
  if (now.kind === 'numeric' && before.kind === 'numeric') return holdsNumerics(now, before);
  return now.kind === before.kind;
}

function holdsNumerics(now: NumericType, before: NumericType): boolean {
  if (before.unbounded === true) return now.unbounded === true && now.precision === before.precision && now.scale === before.scale;
  if (now.unbounded !== true) return now.scale === before.scale && now.precision >= before.precision;
  return now.scale >= before.scale && now.precision - now.scale >= before.precision - before.scale;
}

/**
 * ClickHouse SQL over a decimal → its text: with as many digits behind the point as Postgres
 * prints, or without trailing zeros where that is not known.
 */
export function decimalText({ scale, unbounded }: NumericType, x: string): string {
  return unbounded === true ? `toString(${x})` : `toDecimalString(${x}, ${scale})`;
}
