import { KINDS } from '../../core/column-kinds.ts';
import { arrayDelimiter } from '../../core/column-type.ts';
import type { ColumnType, NumericType, ScalarType } from '../../core/column-type.ts';
import { POSTGRES_TYPES, postgresType } from '../../core/postgres-types.ts';

/** One row of `pg_type`, with what tells domains, enums and arrays from base types. */
export interface TypeFacts {
  readonly oid: number;
  readonly name: string;
  /** The extension that owns it, null for all others. */
  readonly extension: string | null;
  /** `typtype`: b base, d domain, e enum, c composite, r range, m multirange, p pseudo. */
  readonly kind: string;
  /** For a domain: its base type and the modifier that it sets; otherwise 0 and -1. */
  readonly baseOid: number;
  readonly baseTypmod: number;
  /** Element type of a true array (not of int2vector and the like); else 0. */
  readonly elementOid: number;
  /** Separates the elements in arrays of this type: a comma for every type except box. */
  readonly delimiter: string;
}

/** Types by oid. Must include the base and element types of every oid that is looked up. */
export type TypeCatalog = ReadonlyMap<number, TypeFacts>;

const TEXT: ScalarType = { kind: 'text' };
/** Digits of ClickHouse's largest Decimal, and the scale for columns without a declared one. */
const MAX_PRECISION = 76;
const OPEN_SCALE = 38;

const TEXT_AS_BINARY: ReadonlySet<number> = new Set(POSTGRES_TYPES.flatMap(({ binaryIsText, oid }) => (binaryIsText ? [oid ?? 0] : [])));
/** Array types of text types. */
const TEXT_ARRAYS_AS_BINARY: ReadonlySet<number> = new Set([199, 1003, 1009, 1014, 1015]);

/**
 * The type that a source column becomes. A domain becomes its base type. A type without a mapping
 * becomes `text`: the exact text that Postgres prints.
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
 * Modifier of numeric: precision in the upper 16 bits, scale in 11 bits with sign, offset by 4
 * (utils/adt/numeric.c).
 */
function numericType(typmod: number): NumericType {
  if (typmod < 4) return { kind: 'numeric', precision: MAX_PRECISION, scale: OPEN_SCALE, unbounded: true };
  const declared = ((typmod - 4) >> 16) & 0xffff;
  const signed = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
  const precision = signed < 0 ? declared - signed : Math.max(declared, signed);
  const scale = Math.max(signed, 0);
  if (precision <= MAX_PRECISION) return { kind: 'numeric', precision, scale };
  // Digits before the point have priority over digits after it, but OPEN_SCALE of the latter always
  // fit.
  const kept = Math.min(scale, Math.max(OPEN_SCALE, MAX_PRECISION - (precision - scale)));
  return { kind: 'numeric', precision: MAX_PRECISION, scale: kept, unbounded: true };
}

/**
 * True when the builder of `type` can read the binary form of a column of `typeOid`. Arrays of
 * floats and of text types outside core are read as text, so their exact text always comes from
 * Postgres. Intervals too: in binary, infinity looks like the largest interval of 14 to 16.
 */
function canCopyBinary(type: ColumnType, typeOid: number): boolean {
  if (type.kind === 'text') return TEXT_AS_BINARY.has(typeOid);
  if (type.kind !== 'array') return KINDS[type.kind].copiedAsText !== 'always';
  if (type.element.kind === 'text') return TEXT_ARRAYS_AS_BINARY.has(typeOid);
  return KINDS[type.element.kind].copiedAsText === undefined;
}

/**
 * The expression that copies a column: the column itself if its binary form can be read, otherwise
 * its text form for `appendText`. `format` calls the output function of the type; a cast does not
 * (`inet::text` adds a mask, `bpchar::text` cuts blanks).
 * @param quotedName the column's name as SQL
 */
export function copyExpression(type: ColumnType, typeOid: number, quotedName: string): { sql: string; binary: boolean } {
  if (canCopyBinary(type, typeOid)) return { sql: quotedName, binary: true };
  return { sql: `case when num_nulls(${quotedName}) = 0 then pg_catalog.format('%s', ${quotedName}) end`, binary: false };
}
