import type { ColumnType, ScalarType } from '../../core/column-type.ts';
import { ArrayBuilder } from './array-builder.ts';
import { BoolBuilder } from './bool-builder.ts';
import { ByteaBuilder } from './bytea-builder.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { DateBuilder } from './date-builder.ts';
import { Float4Builder } from './float4-builder.ts';
import { Float8Builder } from './float8-builder.ts';
import { Int2Builder } from './int2-builder.ts';
import { Int4Builder } from './int4-builder.ts';
import { Int8Builder } from './int8-builder.ts';
import { HstoreBuilder } from './hstore-builder.ts';
import { IntervalBuilder } from './interval-builder.ts';
import { MoneyBuilder } from './money-builder.ts';
import { NumericBuilder } from './numeric-builder.ts';
import { PointBuilder } from './point-builder.ts';
import { TextBuilder } from './text-builder.ts';
import { TimeBuilder } from './time-builder.ts';
import { TimestampBuilder } from './timestamp-builder.ts';
import { Uint32Builder } from './uint32-builder.ts';
import { Uint64Builder } from './uint64-builder.ts';
import { UuidBuilder } from './uuid-builder.ts';
import { VectorBuilder } from './vector-builder.ts';

/** NaN of a decimal: the only text whose nearest value is NULL, in a column that may be NULL. */
export const NULL_IN_DECIMAL = 'NaN';

/**
 * The builder of a column type.
 * @param nullable false for key columns: a value without a nearest one (NaN in numeric) then
 * becomes the largest value instead of NULL
 */
export function createBuilder(type: ColumnType, nullable = true): ColumnBuilder {
  return type.kind === 'array' ? new ArrayBuilder(type, createScalarBuilder(type.element, true)) : createScalarBuilder(type, nullable);
}

function createScalarBuilder(type: ScalarType, nullable: boolean): ColumnBuilder {
  switch (type.kind) {
    case 'bool':
      return new BoolBuilder();
    case 'int2':
      return new Int2Builder();
    case 'int4':
      return new Int4Builder();
    case 'int8':
      return new Int8Builder();
    case 'float4':
      return new Float4Builder();
    case 'float8':
      return new Float8Builder();
    case 'numeric':
      return new NumericBuilder(type, nullable);
    case 'date':
      return new DateBuilder();
    case 'timestamp':
    case 'timestamptz':
      return new TimestampBuilder(type.kind);
    case 'time':
      return new TimeBuilder();
    case 'uuid':
      return new UuidBuilder();
    case 'bytea':
    case 'ewkb':
      return new ByteaBuilder(type.kind);
    case 'uint32':
      return new Uint32Builder();
    case 'uint64':
    case 'lsn':
      return new Uint64Builder(type.kind);
    case 'money':
      return new MoneyBuilder();
    case 'interval':
      return new IntervalBuilder();
    case 'point':
      return new PointBuilder();
    case 'map':
      return new HstoreBuilder();
    case 'vector':
      return new VectorBuilder();
    case 'text':
    case 'enum':
      return new TextBuilder(type.kind);
  }
}
