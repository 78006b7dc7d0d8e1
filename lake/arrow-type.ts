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
import type { VectorType } from '../core/vector.ts';

/** Greatest precision of a 128-bit decimal. */
export const DECIMAL128_PRECISION = 38;

const MAP_ENTRY = new Struct<{ key: Utf8; value: Utf8 }>([new Field('key', new Utf8(), false), new Field('value', new Utf8(), true)]);

/** The Arrow type that holds a column's values; https://arrow.apache.org/docs/format/Columnar.html. */
export function arrowType(type: VectorType): DataType {
  switch (type.kind) {
    case 'bool':
      return new Bool();
    case 'int2':
      return new Int16();
    case 'int4':
      return new Int32();
    case 'int8':
      return new Int64();
    case 'uint32':
      return new Uint32();
    case 'uint64':
      return new Uint64();
    case 'float4':
      return new Float32();
    case 'float8':
      return new Float64();
    case 'numeric':
      return new Decimal(type.scale, type.precision, type.precision <= DECIMAL128_PRECISION ? 128 : 256);
    case 'date':
      return new DateDay();
    case 'timestamp':
      return new TimestampMicrosecond();
    case 'timestamptz':
      return new TimestampMicrosecond('UTC');
    case 'time':
      return new TimeMicrosecond();
    case 'uuid':
      return new FixedSizeBinary(16);
    case 'bytea':
      return new Binary();
    case 'text':
    case 'enum':
      return new Utf8();
    case 'array':
      return new List(new Field('item', arrowType(type.element), true));
    case 'map':
      return new Map_(new Field('entries', MAP_ENTRY, false));
  }
}
