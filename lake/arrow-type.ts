import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Field,
  FixedSizeBinary,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  List,
  Map_,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';
import { KINDS } from '../core/column-kinds.ts';
import type { ArrowName } from '../core/column-kinds.ts';
import type { VectorType } from '../core/vector.ts';

/** Greatest precision of a 128-bit decimal. */
const DECIMAL128_PRECISION = 38;

const MAP_ENTRY = new Struct<{ key: Utf8; value: Utf8 }>([new Field('key', new Utf8(), false), new Field('value', new Utf8(), true)]);

/** The library's type for each name in core/column-kinds.ts. */
const ARROW: Readonly<Record<ArrowName, () => DataType>> = {
  Bool: () => new Bool(),
  Int16: () => new Int16(),
  Int32: () => new Int32(),
  Int64: () => new Int64(),
  Float32: () => new Float32(),
  Float64: () => new Float64(),
  Date32: () => new DateDay(),
  'Timestamp µs': () => new TimestampMicrosecond(),
  'Timestamp µs UTC': () => new TimestampMicrosecond('UTC'),
  'Time64 µs': () => new TimeMicrosecond(),
  'FixedSizeBinary(16)': () => new FixedSizeBinary(16),
  Binary: () => new Binary(),
  Utf8: () => new Utf8(),
  UInt32: () => new Uint32(),
  UInt64: () => new Uint64(),
  'Decimal128(19, 2)': () => new Decimal(2, 19, 128),
  'Struct(months Int32, days Int32, microseconds Int64)': () =>
    struct({ months: new Int32(), days: new Int32(), microseconds: new Int64() }),
  'Struct(x Float64, y Float64)': () => struct({ x: new Float64(), y: new Float64() }),
  'Map(Utf8, Utf8)': () => new Map_(new Field('entries', MAP_ENTRY, false)),
  'List(Float32)': () => new List(new Field('item', new Float32(), false)),
};

/**
 * The Arrow type that holds a column's values; https://arrow.apache.org/docs/format/Columnar.html.
 */
export function arrowType(type: VectorType): DataType {
  if (type.kind === 'array') return new List(new Field('item', arrowType(type.element), true));
  if (type.kind === 'numeric') return new Decimal(type.scale, type.precision, type.precision <= DECIMAL128_PRECISION ? 128 : 256);
  const name = KINDS[type.kind].arrow;
  return ARROW[name]();
}

function struct(parts: Readonly<Record<string, DataType>>): Struct {
  return new Struct(Object.entries(parts).map(([name, type]) => new Field(name, type, true)));
}
