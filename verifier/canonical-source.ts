import { namesNull } from '../core/column-type.ts';
import type { ColumnType, NumericType, ScalarType } from '../core/column-type.ts';
import { printedArray } from './field-form.ts';

/**
 * Types whose cast to text prints the same as their output function. char(n) is not among them, as
 * its cast drops blanks, nor inet, as its cast adds a mask.
 */
const CAST_PRINTS = new Set([20, 21, 23, 25, 26, 114, 1043, 1700, 2950, 3802]);

/** Array types whose elements are of such a type, beside those that are printed whole. */
const ELEMENT_CAST_PRINTS = new Set([199, 1231, 3807]);

const TEXT_OID = 25;
const NO_OID = 0;

/**
 * The last midnight whose microseconds since 1970 fit a 64-bit integer. The codec keeps later
 * values as text.
 */
const LAST_TIMESTAMP = '294247-01-10 00:00:00';

/**
 * Canonical text of a Postgres value: an expression of type text, NULL only where the value is
 * NULL.
 */
export function sourceText(value: string, type: ColumnType, typeOid: number): string {
  if (printedArray({ type, typeOid }) !== null) return `${value}::text`;
  if (type.kind === 'array') return arrayText(value, type.element, typeOid);
  const text = scalarText(value, type, typeOid);
  const fits = fitsCondition(value, type);
  return fits === null ? text : `CASE WHEN ${fits} THEN ${text} ELSE ${value}::text END`;
}

/**
 * Text as the output function of the type prints it, which is what the stream sends. A cast prints
 * some types differently.
 */
export function outputText(value: string, typeOid: number): string {
  if (CAST_PRINTS.has(typeOid)) return `${value}::text`;
  return `CASE WHEN ${value} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', ${value}) END`;
}

function scalarText(value: string, type: ScalarType, typeOid: number): string {
  switch (type.kind) {
    case 'bool':
      return `${value}::int::text`;
    case 'int2':
    case 'int4':
    case 'int8':
    case 'uint32':
    case 'uint64':
    case 'uuid':
      return `${value}::text`;
    case 'numeric':
      return type.unbounded === true ? `trim_scale(${value})::text` : `${value}::text`;
    case 'money':
      return `${value}::numeric::text`;
    case 'lsn':
      return `(${value} - pg_lsn '0/0')::text`;
    case 'float4':
    case 'float8':
      return floatBits(value, type.kind);
    case 'point':
      return `${floatBits(`(${value})[0]`, 'float8')} || ',' || ${floatBits(`(${value})[1]`, 'float8')}`;
    case 'vector':
      return `(SELECT string_agg(encode(float4send(u.f), 'hex'), ',' ORDER BY u.i) FROM unnest(${value}::real[]) WITH ORDINALITY AS u(f, i))`;
    case 'interval':
      return `encode(interval_send(${value}), 'hex')`;
    case 'ewkb':
      return `lower(${outputText(value, typeOid)})`;
    case 'date':
      return `(${value} - date '1970-01-01')::text`;
    // Microseconds since 2000, or since midnight. The extracted epoch is a slow numeric.
    case 'timestamp':
    case 'timestamptz':
    case 'time':
      return `encode(${type.kind}_send(${value}), 'hex')`;
    case 'bytea':
      return `encode(${value}, 'hex')`;
    case 'map':
    case 'text':
    case 'enum':
      return outputText(value, typeOid);
  }
}

function floatBits(value: string, kind: 'float4' | 'float8'): string {
  return `CASE WHEN ${value} = 'NaN' THEN 'nan' ELSE encode(${kind}send(${value}), 'hex') END`;
}

/**
 * When the typed column holds the value exactly; null: always. Where it does not, both sides use
 * the exact text.
 */
function fitsCondition(value: string, type: ScalarType): string | null {
  switch (type.kind) {
    case 'date':
      return `${value} BETWEEN '1900-01-01' AND '2299-12-31'`;
    case 'timestamp':
      return `isfinite(${value}) AND ${value} <= '${LAST_TIMESTAMP}'`;
    case 'timestamptz':
      return `isfinite(${value}) AND ${value} <= '${LAST_TIMESTAMP}+00'`;
    case 'interval':
      return `isfinite(${value})`;
    case 'numeric':
      return type.unbounded === true ? numericFits(value, type) : null;
    case 'bool':
    case 'int2':
    case 'int4':
    case 'int8':
    case 'uint32':
    case 'uint64':
    case 'float4':
    case 'float8':
    case 'money':
    case 'time':
    case 'uuid':
    case 'lsn':
    case 'bytea':
    case 'ewkb':
    case 'text':
    case 'enum':
    case 'point':
    case 'map':
    case 'vector':
      return null;
  }
}

/** Also false for NaN and the infinities, which are greater than every number. */
function numericFits(value: string, { precision, scale }: NumericType): string {
  return `(abs(${value}) < 1e${precision - scale}::numeric AND min_scale(${value}) <= ${scale})`;
}

/**
 * Elements as `bytes:text`, NULL elements as `n`. An array is its exact text if it is not
 * one-dimensional from 1 on, or if an element does not fit.
 */
function arrayText(value: string, element: ScalarType, arrayOid: number): string {
  const text = scalarText('e.v', element, ELEMENT_CAST_PRINTS.has(arrayOid) ? TEXT_OID : NO_OID);
  // In FROM, unnest would split composites into columns; in SELECT, both functions advance
  // together.
  const each = `(SELECT unnest(${value}) AS v, generate_subscripts(${value}, 1) AS i)`;
  const elements = `SELECT coalesce(string_agg(coalesce(octet_length(e.t) || ':' || e.t, 'n'), ',' ORDER BY e.i), '') FROM (SELECT ${text} AS t, e.i FROM ${each} AS e) AS e`;
  const fits = elementFits(element);
  const odd = fits === null ? [] : [`EXISTS (SELECT FROM unnest(${value}) AS e(v) WHERE NOT (${fits}))`];
  const exact = [`array_ndims(${value}) > 1`, `array_lower(${value}, 1) <> 1`, ...odd].join(' OR ');
  return `CASE WHEN ${value} IS NULL THEN NULL WHEN ${exact} THEN ${value}::text ELSE (${elements}) END`;
}

/** The same for an element. Some types cannot be NULL in an array. */
function elementFits(element: ScalarType): string | null {
  if (element.kind === 'numeric' && element.unbounded !== true) return `e.v <> 'NaN'`;
  return namesNull(element) ? 'num_nulls(e.v) = 0' : fitsCondition('e.v', element);
}
