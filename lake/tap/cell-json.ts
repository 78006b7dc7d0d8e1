import type { Data } from 'apache-arrow';
import type { ColumnType, ScalarType } from '../../core/column-type.ts';
import { formatLsn } from '../../core/lsn.ts';
import { cellText } from '../arrow-cell.ts';
import { CELL_FORMS, longForm, numericText } from '../schemas/cell-form.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** One value of a column as JSON text, in the form that docs/TAP.md gives its type. */
export function cellJson(data: Data, row: number, type: ColumnType): string {
  if (type.kind === 'array') return isNull(data, row) ? 'null' : listJson(data, row, type.element);
  return scalarJson(data, row, type);
}

function scalarJson(data: Data, row: number, type: ScalarType): string {
  if (isNull(data, row)) return 'null';
  switch (CELL_FORMS[type.kind]) {
    case 'boolean':
    case 'int':
    case 'uint':
      return cellText(data, row) ?? 'null';
    case 'long':
      return JSON.stringify(longForm(cellText(data, row) ?? ''));
    case 'float':
      return numberJson(shortFloat(Number(data.values[row])));
    case 'double':
      return numberJson(Number(data.values[row]));
    case 'map':
      return mapJson(data, row);
    case 'floats':
      return listJson(data, row, { kind: 'float4' });
    case 'string':
      return quoted(scalarText(data, row, type));
  }
}

/** A tuple whose parts are all NULL is how ClickHouse has a NULL of that type. */
function isNull(data: Data, row: number): boolean {
  if (!data.getValid(row)) return true;
  const isMap = data.children.length === 1;
  return !isMap && data.children.length > 0 && data.children.every((part) => !part.getValid(row));
}

function listJson(data: Data, row: number, element: ScalarType): string {
  const [child] = data.children;
  if (child === undefined) return '[]';
  const [from, to] = [Number(data.valueOffsets[row]), Number(data.valueOffsets[row + 1])];
  return `[${Array.from({ length: to - from }, (_, index) => scalarJson(child, from + index, element)).join(',')}]`;
}

/** The text that Postgres prints. */
function scalarText(data: Data, row: number, type: ScalarType): string {
  if (type.kind === 'text' || type.kind === 'enum') return textOf(data, row);
  const text = cellText(data, row) ?? '';
  switch (type.kind) {
    case 'numeric':
      return numericText(text, type);
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return (type.kind === 'timestamp' ? text.replace('+00', '') : text).replace(/\.(\d*?)0+(?=$|\+00| BC)/, (_, digits: string) =>
        digits === '' ? '' : `.${digits}`,
      );
    case 'interval':
      return intervalText(data.children.map((part) => BigInt(part.values[row])));
    case 'lsn':
      return formatLsn(BigInt(data.values[row]));
    case 'ewkb':
      return text.slice(2).toUpperCase();
    case 'point':
      return `(${data.children.map((part) => floatText(Number(part.values[row]))).join(',')})`;
    default:
      return text;
  }
}

/** Also of a file of the engine, which has bytes. */
function textOf(data: Data, row: number): string {
  const bytes: Uint8Array = data.values.subarray(data.valueOffsets[row], data.valueOffsets[row + 1]);
  return utf8.decode(bytes);
}

function mapJson(data: Data, row: number): string {
  const [keys, values] = data.children[0]?.children ?? [];
  const [from, to] = [Number(data.valueOffsets[row]), Number(data.valueOffsets[row + 1])];
  if (keys === undefined || values === undefined) return '{}';
  const entries = Array.from({ length: to - from }, (_, index) => {
    const at = from + index;
    return `${quoted(textOf(keys, at))}:${values.getValid(at) ? quoted(textOf(values, at)) : 'null'}`;
  });
  return `{${entries.join(',')}}`;
}

/** JSON has no number for these. */
function numberJson(value: number): string {
  if (!Number.isFinite(value)) return quoted(String(value));
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The shortest decimal that is this 32-bit float. */
function shortFloat(value: number): number {
  if (!Number.isFinite(value)) return value;
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** As Postgres prints a 64-bit float. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 15) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/**
 * As EncodeInterval prints it (backend/utils/adt/datetime.c): a sign is shown where the part before
 * has another.
 */
function intervalText([months = 0n, days = 0n, us = 0n]: readonly bigint[]): string {
  const parts = [
    ...counted(months / 12n, 'year'),
    ...counted(months % 12n, 'mon'),
    ...counted(days, 'day', months < 0n && days > 0n ? '+' : ''),
  ];
  if (us === 0n && parts.length > 0) return parts.join(' ');
  const size = us < 0n ? -us : us;
  const before = days === 0n ? months : days;
  const sign = us < 0n ? '-' : before < 0n ? '+' : '';
  const clock = [size / 3_600_000_000n, (size / 60_000_000n) % 60n, (size / 1_000_000n) % 60n].map((part) => String(part).padStart(2, '0'));
  const fraction = String(size % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return [...parts, `${sign}${clock.join(':')}${fraction === '' ? '' : `.${fraction}`}`].join(' ');
}

/** `2 mons`; nothing where there are none. */
function counted(count: bigint, unit: string, plus = ''): string[] {
  return count === 0n ? [] : [`${plus}${count} ${unit}${count === 1n ? '' : 's'}`];
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
