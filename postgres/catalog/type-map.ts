import { KINDS } from '../../core/column-kinds.ts';
import { arrayDelimiter } from '../../core/column-type.ts';
import type { ColumnType, NumericType, ScalarType } from '../../core/column-type.ts';
import { POSTGRES_TYPES, postgresType } from '../../core/postgres-types.ts';

/** What `pg_type` says of one type; how domains, enums and arrays are told from base types. */
export interface TypeFacts {
  readonly oid: number;
  readonly name: string;
  /** The extension that owns it, null for all others. */
  readonly extension: string | null;
  /** `typtype`: b base, d domain, e enum, c composite, r range, m multirange, p pseudo. */
  readonly kind: string;
  /** Of a domain: the type below it and the modifier it gives that type; else 0 and -1. */
  readonly baseOid: number;
  readonly baseTypmod: number;
  /** Element type of a true array (not of int2vector and the like); else 0. */
  readonly elementOid: number;
  /** What separates the elements in this type's arrays: a comma for every type but box. */
  readonly delimiter: string;
}

/**
 * Types by oid; must hold the closure over base and element types of every oid that is asked for.
 */
export type TypeCatalog = ReadonlyMap<number, TypeFacts>;

const TEXT: ScalarType = { kind: 'text' };
/**
 * Digits of ClickHouse's greatest Decimal, and how many of them are behind the point where the
 * source does not say.
 */
const MAX_PRECISION = 76;
const OPEN_SCALE = 38;

const TEXT_AS_BINARY: ReadonlySet<number> = new Set(POSTGRES_TYPES.flatMap(({ binaryIsText, oid }) => (binaryIsText ? [oid ?? 0] : [])));
/** The array types over them. */
const TEXT_ARRAYS_AS_BINARY: ReadonlySet<number> = new Set([199, 1003, 1009, 1014, 1015]);

/**
 * The type that a source column becomes. Domains count as what they are made of; whatever has no
 * mapping is `text`, the exact text that Postgres prints.
 */
export function columnType(typeOid: number, typmod: number, types: TypeCatalog): ColumnType {
  const facts = types.get(typeOid);
  if (facts?.kind === 'd') return columnType(facts.baseOid, facts.baseTypmod, types);
  if (facts === undefined || facts.elementOid === 0) return scalarType(typeOid, typmod, facts);
  const element = columnType(facts.elementOid, typmod, types);
  return element.kind === 'array' || facts.delimiter !== arrayDelimiter(element) ? TEXT : { kind: 'array', element };
}

function scalarType(typeOid: number, typmod: number, facts: TypeFacts | undefined): ScalarType {
  if (facts?.kind === 'e') return { kind: 'enum' };
  const kind = postgresType(typeOid, facts?.name ?? '', facts?.extension ?? null)?.kind ?? 'text';
  return kind === 'numeric' ? numericType(typmod) : { kind };
}

/**
 * numeric's modifier: precision in the upper 16 bits, scale as 11 bits with sign, both moved by 4
 * (utils/adt/numeric.c).
 */
function numericType(typmod: number): NumericType {
  if (typmod < 4) return { kind: 'numeric', precision: MAX_PRECISION, scale: OPEN_SCALE, unbounded: true };
  const declared = ((typmod - 4) >> 16) & 0xffff;
  const signed = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
  const precision = signed < 0 ? declared - signed : Math.max(declared, signed);
  const scale = Math.max(signed, 0);
  if (precision <= MAX_PRECISION) return { kind: 'numeric', precision, scale };
  // Digits before the point count more than those behind it, of which OPEN_SCALE always have their
  // place.
  const kept = Math.min(scale, Math.max(OPEN_SCALE, MAX_PRECISION - (precision - scale)));
  return { kind: 'numeric', precision: MAX_PRECISION, scale: kept, unbounded: true };
}

/**
 * True when the builder of `type` reads what Postgres sends in binary for a column of `typeOid`.
 * Arrays of floats and of text that is not core's own are read as text, so that their exact text is
 * always Postgres's own; so are intervals, whose infinity looks in binary like the greatest
 * interval of 14 to 16.
 */
export function canCopyBinary(type: ColumnType, typeOid: number): boolean {
  if (type.kind === 'text') return TEXT_AS_BINARY.has(typeOid);
  if (type.kind !== 'array') return KINDS[type.kind].copiedAsText !== 'always';
  if (type.element.kind === 'text') return TEXT_ARRAYS_AS_BINARY.has(typeOid);
  return KINDS[type.element.kind].copiedAsText === undefined;
}

/**
 * The expression that copies a column: as it is where its binary form can be read, else its text
 * form, to be read with `appendText`. `format` calls the type's own output function; a cast does
 * not (`inet::text` adds a mask, `bpchar::text` cuts blanks).
 * @param quotedName the column's name as SQL
 */
export function copyExpression(type: ColumnType, typeOid: number, quotedName: string): { sql: string; binary: boolean } {
  if (canCopyBinary(type, typeOid)) return { sql: quotedName, binary: true };
  return { sql: `case when num_nulls(${quotedName}) = 0 then pg_catalog.format('%s', ${quotedName}) end`, binary: false };
}
