import { quoteCh } from '../../warehouse/names.ts';

/** A column of an export. */
export interface ExportColumn {
  readonly name: string;
  /** of ClickHouse */
  readonly type: string;
  /** The type in the file where it differs from `type`; else null. */
  readonly written: string | null;
  /** The expression whose result is written. */
  readonly expression: string;
}

/**
 * Types that Parquet does not have, or that its readers take for plain bytes. They are written as
 * the text that ClickHouse prints.
 */
const AS_TEXT = /^(?:Enum(?:8|16)|Time(?:64)?|U?Int(?:128|256)|IPv[46]|JSON|Object|Dynamic|Variant|Interval\w*|BFloat16)(?:\(|$)/;

/**
 * How a column goes into a Parquet file. `isBinary`: a String of any bytes, which Parquet's text
 * cannot be; it is written as Postgres prints bytea, `\x` and hex digits. Pure.
 */
export function parquetColumn(name: string, type: string, isBinary: boolean): ExportColumn {
  const quoted = quoteCh(name);
  if (isBinary) return { name, type, written: `${nullable(type)} as hex text`, expression: `concat('\\\\x', lower(hex(${quoted})))` };
  const converted = convert(type, quoted);
  if (converted === null) return { name, type, written: null, expression: quoted };
  return { name, type, written: converted.type, expression: converted.expression };
}

function convert(type: string, value: string): { type: string; expression: string } | null {
  const inner = stripped(type);
  if (AS_TEXT.test(inner)) return { type: nullable(type), expression: `toString(${value})` };
  const [, element] = /^Array\((.*)\)$/s.exec(inner) ?? [];
  if (element !== undefined) {
    const converted = convert(element, 'v');
    return converted && { type: `Array(${converted.type})`, expression: `arrayMap(v -> ${converted.expression}, ${value})` };
  }
  // A part of a map or tuple that Parquet does not have makes text of the whole.
  const parts = /^(?:Map|Tuple|Nested)\(/.test(inner) ? withoutQuoted(inner).split(/[(),]\s*(?:`[^`]*`\s|\w+\s)?/) : [];
  return parts.some((part) => AS_TEXT.test(part.trim())) ? { type: nullable(type), expression: `toString(${value})` } : null;
}

/** String, or Nullable(String) where `type` may be NULL. */
function nullable(type: string): string {
  return /^(?:LowCardinality\()?Nullable\(/.test(type) ? 'Nullable(String)' : 'String';
}

function stripped(type: string): string {
  const [, inner] = /^(?:LowCardinality|Nullable)\((.*)\)$/s.exec(type) ?? [];
  return inner === undefined ? type : stripped(inner);
}

function withoutQuoted(type: string): string {
  return type.replace(/'(?:[^'\\]|\\.)*'/g, "''");
}
