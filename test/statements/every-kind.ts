import { arrayDelimiter, isTextInKey } from '../../core/column-type.ts';
import type { ColumnType, ScalarType } from '../../core/column-type.ts';
import { PLAIN_KINDS } from '../../core/column-kinds.ts';
import type { PlainKind } from '../../core/column-kinds.ts';
import type { TableSchema } from '../../core/table.ts';
import type { Row } from '../support/change-file.ts';
import { tableSchema } from '../support/lake-writer.ts';

/** A value of every kind, as Postgres prints it. */
const VALUES: Readonly<Record<PlainKind, string>> = {
  bool: 't',
  int2: '2',
  int4: '4',
  int8: '8',
  uint32: '32',
  uint64: '64',
  float4: '1.5',
  float8: '-Infinity',
  money: '$1,234.50',
  date: '2026-02-03',
  timestamp: '2026-02-03 04:05:06.000007',
  timestamptz: '2026-02-03 04:05:06+02',
  time: '04:05:06.5',
  interval: '1 mon 2 days 00:00:03',
  uuid: '00112233-4455-6677-8899-aabbccddeeff',
  lsn: '16/B3748',
  bytea: '\\x00ff',
  ewkb: '0101000000000000000000F03F0000000000000040',
  text: "it's 🙂",
  enum: 'open',
  point: '(1,2)',
  map: '"a"=>"1", "b"=>NULL',
  vector: '[1,2.5]',
};

const NUMERICS: readonly (readonly [ScalarType, string])[] = [
  [{ kind: 'numeric', precision: 12, scale: 3 }, '-1.125'],
  [{ kind: 'numeric', precision: 76, scale: 38, unbounded: true }, '1.5'],
];

const SCALARS: readonly (readonly [ScalarType, string])[] = [...PLAIN_KINDS.map((kind) => [{ kind }, VALUES[kind]] as const), ...NUMERICS];

/** Types and what rows from before such a column have in it; null: NULL. */
export const OLDER: readonly (readonly [ColumnType, string | null])[] = [
  ...SCALARS.map(([type, text]) => [type, type.kind === 'interval' || type.kind === 'map' ? null : text] as const),
  [{ kind: 'bool' }, 'f'],
  [{ kind: 'array', element: { kind: 'int4' } }, '{1,NULL}'],
];

/** A table and a row of it. */
interface Sample {
  readonly schema: TableSchema;
  readonly row: Row;
}

/** Tables of every kind of column, and of arrays of it: with a key, without one, and as the key. */
export function everyKind(): { readonly keyed: Sample; readonly whole: Sample; readonly byAll: Sample } {
  const columns: Record<string, ColumnType> = { id: { kind: 'int4' } };
  const row: Record<string, string> = { id: '1' };
  for (const [index, [type, text]] of SCALARS.entries()) {
    columns[`v${index}`] = type;
    row[`v${index}`] = text;
    columns[`a${index}`] = { kind: 'array', element: type };
    const quoted = `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
    row[`a${index}`] = `{${[quoted, quoted].join(arrayDelimiter(type))}}`;
  }
  const keyed = tableSchema({ oid: 4000, name: 'keyed', columns, key: ['id'] });
  const whole = tableSchema({ oid: 4001, name: 'whole', columns, identity: 'full' });
  const inKey = SCALARS.flatMap(([type, text], index) => (isTextInKey(type) ? [] : [{ name: `k${index}`, type, text }]));
  const byAll = tableSchema({
    oid: 4002,
    name: 'by_all',
    columns: { ...Object.fromEntries(inKey.map(({ name, type }) => [name, type])), note: { kind: 'text' } },
    key: inKey.map(({ name }) => name),
  });
  const byRow = { ...Object.fromEntries(inKey.map(({ name, text }) => [name, text])), note: 'kept' };
  return { keyed: { schema: keyed, row }, whole: { schema: whole, row }, byAll: { schema: byAll, row: byRow } };
}
