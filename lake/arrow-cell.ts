import { type Data, DataType } from 'apache-arrow';
import { dateText, timeText, timestampText } from './civil-time.ts';
import { printElement } from '../core/array-text.ts';

const decoder = new TextDecoder();

/**
 * One value of a decoded column as Postgres would print it; null is NULL. Maps print as JSON,
 * points and intervals as a row of their numbers. For people and tests, not for speed.
 */
export function cellText(data: Data, row: number): string | null {
  if (!data.getValid(row)) return null;
  const { type } = data;
  if (DataType.isBool(type)) return String(((Number(data.values[row >> 3]) >> (row & 7)) & 1) === 1);
  if (DataType.isUtf8(type)) return decoder.decode(bytesAt(data, row));
  if (DataType.isBinary(type)) return `\\x${Buffer.from(bytesAt(data, row)).toString('hex')}`;
  if (DataType.isFixedSizeBinary(type)) return uuidText(data.values.subarray(row * type.byteWidth, (row + 1) * type.byteWidth));
  if (DataType.isDecimal(type)) return decimalText(data, row, type.scale);
  if (DataType.isDate(type)) return dateText(Number(data.values[row]));
  if (DataType.isTime(type)) return timeText(BigInt(data.values[row]));
  if (DataType.isTimestamp(type))
    return timestampText(BigInt(data.values[row]), type.timezone === null || type.timezone === undefined ? '' : '+00');
  if (DataType.isList(type)) return arrayText(elementsAt(data, row));
  if (DataType.isMap(type)) return JSON.stringify(Object.fromEntries(entriesAt(data, row)));
  if (DataType.isStruct(type)) return `(${data.children.map((part) => cellText(part, row) ?? '').join(',')})`;
  return String(data.values[row]);
}

function bytesAt(data: Data, row: number): Uint8Array {
  return data.values.subarray(data.valueOffsets[row], data.valueOffsets[row + 1]);
}

function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function decimalText(data: Data, row: number, scale: number): string {
  const words: Uint32Array = data.values.subarray(row * data.stride, (row + 1) * data.stride);
  const unscaled = BigInt.asIntN(
    32 * words.length,
    words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
  );
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : '.'}${digits.slice(point)}`;
}

function elementsAt(data: Data, row: number): (string | null)[] {
  const [child] = data.children;
  const [from, to] = [Number(data.valueOffsets[row]), Number(data.valueOffsets[row + 1])];
  return child === undefined ? [] : Array.from({ length: to - from }, (_, index) => cellText(child, from + index));
}

function entriesAt(data: Data, row: number): [string, string | null][] {
  const [keys, values] = data.children[0]?.children ?? [];
  const [from, to] = [Number(data.valueOffsets[row]), Number(data.valueOffsets[row + 1])];
  if (keys === undefined || values === undefined) return [];
  return Array.from({ length: to - from }, (_, index) => [cellText(keys, from + index) ?? '', cellText(values, from + index)]);
}

/** Postgres's array literal; https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO. */
function arrayText(elements: readonly (string | null)[]): string {
  return `{${elements.map((element) => (element === null ? 'NULL' : printElement(element))).join(',')}}`;
}
