import type { Vector } from '../../core/vector.ts';

/**
 * A finished column as one text per row, for comparison with what a database says; NULL is null.
 * Floats are their bytes in hex.
 */
export function vectorRows(vector: Vector): (string | null)[] {
  return Array.from({ length: vector.length }, (_, row) => (isNull(vector, row) ? null : cell(vector, row)));
}

function isNull({ validity }: Vector, row: number): boolean {
  return validity !== null && (((validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 0;
}

function cell(vector: Vector, row: number): string {
  const { values, offsets, type } = vector;
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const [from = 0, to = 0] = offsets === null ? [] : offsets.subarray(row, row + 2);
  switch (type.kind) {
    case 'bool':
      return (((bytes[row >> 3] ?? 0) >> (row & 7)) & 1) === 1 ? 'true' : 'false';
    case 'numeric': {
      const width = type.precision <= 38 ? 16 : 32;
      return littleEndian(bytes.subarray(row * width, (row + 1) * width)).toString();
    }
    case 'uuid':
      return bytes.toString('hex', row * 16, (row + 1) * 16);
    case 'bytea':
    case 'ewkb':
      return bytes.toString('hex', from, to);
    case 'text':
    case 'enum':
      return bytes.toString('utf8', from, to);
    case 'array':
    case 'vector':
      return JSON.stringify(vector.children.flatMap((elements) => vectorRows(elements).slice(from, to)));
    case 'interval':
    case 'point':
      return JSON.stringify(vector.children.map((part) => vectorRows(part)[row]));
    case 'money':
      return littleEndian(bytes.subarray(row * 16, (row + 1) * 16)).toString();
    case 'map': {
      const [keys = [], texts = []] = vector.children.map((child) => vectorRows(child).slice(from, to));
      return JSON.stringify(Object.fromEntries(keys.map((key, i) => [key, texts[i]])));
    }
    case 'float4':
    case 'float8':
      return Number.isNaN(values[row]) ? 'nan' : floatHex(Number(values[row]), type.kind);
    case 'int2':
    case 'int4':
    case 'int8':
    case 'uint32':
    case 'uint64':
    case 'lsn':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    default:
      return String(values[row]);
  }
}

function floatHex(value: number, kind: 'float4' | 'float8'): string {
  const bytes = Buffer.alloc(kind === 'float4' ? 4 : 8);
  if (kind === 'float4') bytes.writeFloatBE(value);
  else bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`));
}
