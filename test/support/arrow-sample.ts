import type { FileColumn } from '../../lake/arrow-file.ts';
import type { Vector } from '../../core/vector.ts';
import { arrayVector, fixedVector, mapVector, numericVector, textVector } from './vectors.ts';

/** A column, its declaration for ClickHouse, and its three rows in ClickHouse's TSV. */
export interface SampleColumn extends FileColumn {
  readonly clickhouse: string;
  readonly tsv: readonly [string, string, string];
  /** as `lake cat` prints them; null is NULL */
  readonly cat: readonly [string | null, string | null, string | null];
}

const three = { length: 3, nulls: [1] };
const NULL = '\\N';

function sample(
  name: string,
  vector: Vector,
  clickhouse: string,
  rows: { tsv: readonly [string, string, string]; cat?: SampleColumn['cat'] },
): SampleColumn {
  const plain = rows.tsv.map((text) => (text === NULL ? null : text));
  return {
    name,
    vector,
    nullable: true,
    clickhouse,
    tsv: rows.tsv,
    cat: rows.cat ?? [plain[0] ?? null, plain[1] ?? null, plain[2] ?? null],
  };
}

const big76 = 10n ** 76n - 1n;
const uuids = Buffer.from('00112233445566778899aabbccddeeff00000000000000000000000000000000ffffffffffffffffffffffffffffffff', 'hex');

/** Every type of the lake, three rows, the middle one NULL where NULL can be. */
export const ARROW_SAMPLE: readonly SampleColumn[] = [
  sample('b', fixedVector({ kind: 'bool' }, Uint8Array.of(0b001), three), 'Nullable(Bool)', { tsv: ['true', NULL, 'false'] }),
  sample('i2', fixedVector({ kind: 'int2' }, Int16Array.of(-32768, 0, 32767), three), 'Nullable(Int16)', {
    tsv: ['-32768', NULL, '32767'],
  }),
  sample('i4', fixedVector({ kind: 'int4' }, Int32Array.of(-2147483648, 0, 7), three), 'Nullable(Int32)', {
    tsv: ['-2147483648', NULL, '7'],
  }),
  sample('i8', fixedVector({ kind: 'int8' }, BigInt64Array.of(-9223372036854775808n, 0n, 9223372036854775807n), three), 'Nullable(Int64)', {
    tsv: ['-9223372036854775808', NULL, '9223372036854775807'],
  }),
  sample('f4', fixedVector({ kind: 'float4' }, Float32Array.of(1.5, 0, -0.25), three), 'Nullable(Float32)', {
    tsv: ['1.5', NULL, '-0.25'],
  }),
  sample('f8', fixedVector({ kind: 'float8' }, Float64Array.of(Number.NaN, 0, Number.NEGATIVE_INFINITY), three), 'Nullable(Float64)', {
    tsv: ['nan', NULL, '-inf'],
    cat: ['NaN', null, '-Infinity'],
  }),
  sample('n', numericVector([-1234567n, null, 5n], { kind: 'numeric', precision: 12, scale: 4 }), 'Nullable(Decimal(12, 4))', {
    tsv: ['-123.4567', NULL, '0.0005'],
  }),
  sample('n76', numericVector([big76, null, -big76], { kind: 'numeric', precision: 76, scale: 0 }), 'Nullable(Decimal(76, 0))', {
    tsv: ['9'.repeat(76), NULL, `-${'9'.repeat(76)}`],
  }),
  sample('d', fixedVector({ kind: 'date' }, Int32Array.of(-25567, 0, 120529), three), 'Nullable(Date32)', {
    tsv: ['1900-01-01', NULL, '2299-12-31'],
  }),
  sample('ts', fixedVector({ kind: 'timestamp' }, BigInt64Array.of(-1n, 0n, 1700000000123456n), three), "Nullable(DateTime64(6, 'UTC'))", {
    tsv: ['1969-12-31 23:59:59.999999', NULL, '2023-11-14 22:13:20.123456'],
  }),
  sample(
    'tz',
    fixedVector({ kind: 'timestamptz' }, BigInt64Array.of(-62135596800000000n, 0n, 253402300799999999n), three),
    "Nullable(DateTime64(6, 'UTC'))",
    {
      tsv: ['0001-01-01 00:00:00.000000', NULL, '9999-12-31 23:59:59.999999'],
      cat: ['0001-01-01 00:00:00.000000+00', null, '9999-12-31 23:59:59.999999+00'],
    },
  ),
  sample('t', fixedVector({ kind: 'time' }, BigInt64Array.of(0n, 0n, 86399999999n), three), 'Nullable(Time64(6))', {
    tsv: ['00:00:00.000000', NULL, '23:59:59.999999'],
  }),
  sample('u', fixedVector({ kind: 'uuid' }, uuids, three), 'Nullable(UUID)', {
    tsv: ['00112233-4455-6677-8899-aabbccddeeff', NULL, 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  }),
  sample('by', textVector([Uint8Array.of(0, 255), null, Uint8Array.of()], { kind: 'bytea' }), 'Nullable(String)', {
    tsv: ['00ff', NULL, ''],
    cat: ['\\x00ff', null, '\\x'],
  }),
  sample('s', textVector(['grün 🙂', null, '']), 'Nullable(String)', { tsv: ['grün 🙂', NULL, ''] }),
  sample('e', textVector(['red', null, 'blue'], { kind: 'enum' }), 'Nullable(String)', { tsv: ['red', NULL, 'blue'] }),
  sample(
    'ai',
    arrayVector([3, 0, 1], fixedVector({ kind: 'int4' }, Int32Array.of(1, 0, 3, 4), { length: 4, nulls: [1] })),
    'Array(Nullable(Int32))',
    {
      tsv: ['[1,NULL,3]', '[]', '[4]'],
      cat: ['{1,NULL,3}', '{}', '{4}'],
    },
  ),
  sample('as', arrayVector([0, 2, 1], textVector(['x', null, 'y z'])), 'Array(Nullable(String))', {
    tsv: ['[]', "['x',NULL]", "['y z']"],
    cat: ['{}', '{x,NULL}', '{"y z"}'],
  }),
  sample('m', mapVector([{}, { a: 'infinity', b: null }, { c: '' }]), 'Map(String, Nullable(String))', {
    tsv: ['{}', "{'a':'infinity','b':NULL}", "{'c':''}"],
    cat: ['{}', '{"a":"infinity","b":null}', '{"c":""}'],
  }),
  sample('u4', fixedVector({ kind: 'uint32' }, Uint32Array.of(0, 0, 4294967295), three), 'Nullable(UInt32)', {
    tsv: ['0', NULL, '4294967295'],
  }),
  sample('u8', fixedVector({ kind: 'uint64' }, BigUint64Array.of(0n, 0n, 18446744073709551615n), three), 'Nullable(UInt64)', {
    tsv: ['0', NULL, '18446744073709551615'],
  }),
];
