import { arrayDelimiter, namesNull } from '../../core/column-type.ts';
import type { ColumnType, NumericType, ScalarType } from '../../core/column-type.ts';
import { literalCh } from '../../warehouse/names.ts';
import { ArrayTextReader } from '../../core/array-text.ts';

/**
 * The value that rows older than a column have (Postgres text of attmissingval) → a DEFAULT
 * expression. Null when the type cannot hold the value exactly: then only a new copy of the table
 * is right.
 */
export function missingValue(type: ColumnType, text: string): string | null {
  if (type.kind !== 'array') return scalarValue(type, text);
  const elements = arrayDelimiter(type.element) === ',' ? arrayElements(text) : null;
  if (elements === null) return null;
  const values = elements.map((element) =>
    element === null ? (namesNull(type.element) ? null : 'NULL') : scalarValue(type.element, element),
  );
  return values.includes(null) ? null : `[${values.join(', ')}]`;
}

function scalarValue(type: ScalarType, text: string): string | null {
  switch (type.kind) {
    case 'bool':
      return /^t(rue)?$/.test(text) ? 'true' : /^f(alse)?$/.test(text) ? 'false' : null;
    case 'int2':
    case 'int4':
    case 'int8':
      return /^-?\d+$/.test(text) ? text : null;
    case 'uint32':
    case 'uint64':
      return /^\d+$/.test(text) ? text : null;
    case 'lsn':
      return lsnValue(text);
    case 'money':
      return /^-?\$[\d,]+\.\d\d$/.test(text) ? `CAST(${literalCh(text.replaceAll(/[$,]/g, ''))}, 'Decimal(19, 2)')` : null;
    case 'ewkb':
      return /^([0-9A-F]{2})*$/.test(text) ? `unhex(${literalCh(text)})` : null;
    case 'vector':
      return /^\[[-\d.,e+]+\]$/.test(text) ? `CAST(${literalCh(text)}, 'Array(Float32)')` : null;
    case 'point':
      return pointValue(text);
    case 'interval':
    case 'map':
      return null;
    case 'float4':
    case 'float8':
      return floatValue(type.kind === 'float4' ? 'Float32' : 'Float64', text);
    case 'numeric':
      return numericValue(type, text);
    case 'date':
      return /^(19|2[0-2])\d\d-\d\d-\d\d$/.test(text) ? `toDate32(${literalCh(text)})` : null;
    case 'timestamp':
    case 'timestamptz':
      return timestampValue(text);
    case 'time':
      return /^\d\d:\d\d:\d\d(\.\d{1,6})?$/.test(text) ? `CAST(${literalCh(text)}, 'Time64(6)')` : null;
    case 'uuid':
      return `toUUID(${literalCh(text)})`;
    case 'bytea':
      return /^\\x([0-9a-f]{2})*$/.test(text) ? `unhex(${literalCh(text.slice(2))})` : null;
    case 'text':
    case 'enum':
      return literalCh(text);
  }
}

function numericValue({ precision, scale }: NumericType, text: string): string | null {
  const [, whole, fraction = ''] = /^-?0*(\d+?)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  if (whole === undefined || (whole === '0' ? 0 : whole.length) > precision - scale || fraction.length > scale) return null;
  return `CAST(${literalCh(text)}, 'Decimal(${precision}, ${scale})')`;
}

function floatValue(type: string, text: string): string | null {
  const special: Record<string, string> = { NaN: 'nan', Infinity: 'inf', '-Infinity': '-inf' };
  const known = special[text] ?? (/^-?[\d.]+(e[+-]?\d+)?$/i.test(text) ? text : null);
  return known === null ? null : `CAST(${literalCh(known)}, '${type}')`;
}

function lsnValue(text: string): string | null {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/.exec(text);
  return match === null ? null : String((BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`));
}

function pointValue(text: string): string | null {
  const match = /^\(([^,()]+),([^,()]+)\)$/.exec(text);
  const parts = [match?.[1] ?? '', match?.[2] ?? ''].map((part) => floatValue('Float64', part));
  return parts.includes(null) ? null : `tuple(${parts.join(', ')})`;
}

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?$/;

/** ISO style with or without offset. Years beyond four digits, BC and infinity need a copy. */
function timestampValue(text: string): string | null {
  const match = TIMESTAMP.exec(text);
  if (match === null) return null;
  const [, year, month, day, time, fraction = '', sign = '+', hours = '0', minutes = '0', seconds = '0'] = match;
  const local = Date.parse(`${year}-${month}-${day}T${time}Z`);
  const offsetMs = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  const micros = BigInt(local - (sign === '-' ? -offsetMs : offsetMs)) * 1000n + BigInt(fraction.padEnd(6, '0') || '0');
  return `fromUnixTimestamp64Micro(${micros}, 'UTC')`;
}

/** Elements of a one-dimensional array literal that begins at 1; null for any other. */
function arrayElements(text: string): (string | null)[] | null {
  const bytes = Buffer.from(text);
  const reader = new ArrayTextReader();
  if (!reader.open(bytes, 0, bytes.length)) return null;
  const elements: (string | null)[] = [];
  for (;;) {
    const more = reader.next();
    if (more === undefined) return null;
    if (!more) return elements;
    elements.push(reader.isNull ? null : reader.bytes.toString('utf8', reader.start, reader.end));
  }
}
