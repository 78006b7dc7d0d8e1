import { decimalText } from '../core/column-type.ts';
import type { ColumnType, ScalarType } from '../core/column-type.ts';
import { printedArray } from './field-form.ts';
import { hstoreText } from './hstore-text.ts';
import { arrayElement } from './quoted-text.ts';

/** A storage column as SQL, and the SQL of its key in `_tr_exact`. */
export interface StoredColumn {
  readonly column: string;
  readonly exactKey: string;
  readonly type: ColumnType;
  /** Type at the source. */
  readonly typeOid: number;
}

/**
 * Canonical text of a stored value: an expression of type Nullable(String), NULL only where the
 * value at the source is NULL. A value that is kept exactly beside its column is that exact text.
 * The row is called `s`.
 */
export function warehouseText(stored: StoredColumn): string {
  const text = typedText(stored);
  return `if(mapContains(s._tr_exact, ${stored.exactKey}), s._tr_exact[${stored.exactKey}], ${text})`;
}

function typedText({ column, type, typeOid }: StoredColumn): string {
  if (type.kind !== 'array') return scalarText(column, type);
  const element = scalarText('e', type.element);
  const each = (field: string, none: string): string => `arrayStringConcat(arrayMap(e -> ifNull(${field}, '${none}'), ${column}), ',')`;
  const printed = printedArray({ type, typeOid });
  if (printed === null) return each(`concat(toString(length(${element})), ':', ${element})`, 'n');
  return `concat('{', ${each(printed === 'bare' ? element : arrayElement('e', ','), 'NULL')}, '}')`;
}

function scalarText(value: string, type: ScalarType): string {
  switch (type.kind) {
    case 'bool':
      return `toString(toUInt8(${value}))`;
    case 'int2':
    case 'int4':
    case 'int8':
    case 'uint32':
    case 'uint64':
    case 'lsn':
    case 'uuid':
    case 'text':
    case 'enum':
      return `toString(${value})`;
    case 'float4':
      return `if(isNaN(${value}), 'nan', ${bigEndian(`reinterpretAsUInt32(${value})`, 8)})`;
    case 'float8':
      return `if(isNaN(${value}), 'nan', ${bigEndian(`reinterpretAsUInt64(${value})`, 16)})`;
    case 'point':
      return `concat(${[1, 2].map((n) => scalarText(`tupleElement(${value}, ${n})`, { kind: 'float8' })).join(`, ',', `)})`;
    case 'vector':
      return `arrayStringConcat(arrayMap(f -> ${bigEndian('reinterpretAsUInt32(f)', 8)}, ${value}), ',')`;
    case 'interval':
      return `concat(${[
        bigEndian(`toUInt64(tupleElement(${value}, 3))`, 16),
        bigEndian(`toUInt32(tupleElement(${value}, 2))`, 8),
        bigEndian(`toUInt32(tupleElement(${value}, 1))`, 8),
      ].join(', ')})`;
    case 'map':
      return hstoreText(value);
    case 'money':
      return `toDecimalString(${value}, 2)`;
    case 'numeric':
      return decimalText(type, value);
    case 'date':
      return `toString(toInt32(${value}))`;
    case 'timestamp':
    case 'timestamptz':
      return bigEndian(`toUnixTimestamp64Micro(${value}) - ${MICROSECONDS_TO_2000}`, 16);
    case 'time':
      return bigEndian(`toInt64(toDecimal128(${value}, 6) * 1000000)`, 16);
    case 'bytea':
    case 'ewkb':
      return `lower(hex(${value}))`;
  }
}

/** From 1970. Postgres counts from 2000 (src/include/datatype/timestamp.h). */
const MICROSECONDS_TO_2000 = 946_684_800_000_000;

function bigEndian(whole: string, digits: number): string {
  return `leftPad(lower(hex(${whole})), ${digits}, '0')`;
}
