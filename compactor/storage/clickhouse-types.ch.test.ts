import { expect, test } from 'vitest';
import type { ColumnType, ScalarType } from '../../core/column-type.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';

/** Type, Postgres text, and what the warehouse shows. */
const SCALARS: readonly (readonly [string, ScalarType, string, unknown])[] = [
  ['flag', { kind: 'bool' }, 't', true],
  ['i2', { kind: 'int2' }, '-32768', -32768],
  ['i4', { kind: 'int4' }, '2147483647', 2147483647],
  ['i8', { kind: 'int8' }, '-9223372036854775808', '-9223372036854775808'],
  ['f4', { kind: 'float4' }, '1.5', 1.5],
  ['f8', { kind: 'float8' }, '-0.1', -0.1],
  ['n', { kind: 'numeric', precision: 12, scale: 3 }, '-123456789.125', '-123456789.125'],
  ['big', { kind: 'numeric', precision: 76, scale: 2 }, '9'.repeat(74) + '.25', '9'.repeat(74) + '.25'],
  ['d', { kind: 'date' }, '1969-07-20', '1969-07-20'],
  ['ts', { kind: 'timestamp' }, '2026-02-03 04:05:06.000007', '2026-02-03 04:05:06.000007'],
  ['tz', { kind: 'timestamptz' }, '1999-12-31 23:59:59.999999+00', '1999-12-31 23:59:59.999999'],
  ['tm', { kind: 'time' }, '24:00:00', '24:00:00.000000'],
  ['u', { kind: 'uuid' }, '00112233-4455-6677-8899-aabbccddeeff', '00112233-4455-6677-8899-aabbccddeeff'],
  ['b', { kind: 'bytea' }, '\\x00ff41', 'AP9B'],
  ['s', { kind: 'text' }, 'naïve 🙂', 'naïve 🙂'],
  ['e', { kind: 'enum' }, 'open', 'open'],
];

const shown = (name: string, type: ColumnType): string =>
  type.kind === 'bytea'
    ? `base64Encode(assumeNotNull(${name})) AS ${name}`
    : type.kind === 'array' && type.element.kind === 'bytea'
      ? `arrayMap(x -> base64Encode(assumeNotNull(x)), ${name}) AS ${name}`
      : name;

test('every type arrives through a copy and through the stream, as a value, in an array, as NULL and as a key', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const columns: Record<string, ColumnType> = { id: { kind: 'int4' } };
  const row: Record<string, string> = {};
  const expected: Record<string, unknown> = {};
  for (const [name, type, text, value] of SCALARS) {
    columns[name] = type;
    row[name] = text;
    expected[name] = value;
    columns[`a_${name}`] = { kind: 'array', element: type };
    row[`a_${name}`] = `{"${text.replaceAll('\\', '\\\\')}"}`;
    expected[`a_${name}`] = [value];
  }
  const all = tableSchema({ oid: 4000, name: 'all_types', columns, key: ['id'] });
  await lake.copy(all, { generation: 1, lsn: 10n }, [[{ id: '1', ...row }, { id: '2' }]]);
  const keyed = SCALARS.map(([name, type], index) =>
    tableSchema({ oid: 4001 + index, name: `by_${name}`, columns: { [name]: type, note: { kind: 'text' } }, key: [name] }),
  );
  for (const [index, schema] of keyed.entries())
    await lake.copy(schema, { generation: 1, lsn: 10n }, [[{ [SCALARS[index]?.[0] ?? '']: SCALARS[index]?.[2] ?? '', note: 'kept' }]]);
  const updates = keyed.map((schema, index) =>
    lake.file(schema, [
      { op: 'U', lsn: 30n, ordinal: index + 1, row: { [SCALARS[index]?.[0] ?? '']: SCALARS[index]?.[2] ?? '', note: undefined } },
    ]),
  );
  await lake.batch([await lake.file(all, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '3', ...row } }]), ...(await Promise.all(updates))]);
  const position = await bench.settle();
  expect(position.tables.filter((table) => table.error !== null || table.state !== 'live')).toEqual([]);
  const list = Object.entries(columns).map(([name, type]) => shown(name, type));
  const nothing = Object.fromEntries(
    SCALARS.flatMap(([name]) => [
      [name, name === 'b' ? '' : null],
      [`a_${name}`, []],
    ]),
  );
  const rows = await bench.rows(`SELECT ${list.join(', ')} FROM public.all_types ORDER BY id`);
  expect(rows).toEqual([
    { id: 1, ...expected },
    { id: 2, ...nothing },
    { id: 3, ...expected },
  ]);
  for (const [name, , , value] of SCALARS) {
    const [found] = await bench.rows(`SELECT ${name === 'b' ? shown(name, { kind: 'bytea' }) : name}, note FROM public.by_${name}`);
    expect(found).toEqual({ [name]: value, note: 'kept' });
  }
});
