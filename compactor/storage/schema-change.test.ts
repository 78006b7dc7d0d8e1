import { expect, test } from 'vitest';
import type { Column, TableSchema } from '../../core/table.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { schemaChange } from './schema-change.ts';

const table = tableSchema({
  oid: 1,
  name: 't',
  columns: {
    id: { kind: 'int4' },
    n: { kind: 'int4' },
    p: { kind: 'numeric', precision: 8, scale: 2 },
    a: { kind: 'array', element: { kind: 'numeric', precision: 8, scale: 2 } },
  },
  key: ['id'],
});

function withColumn(name: string, change: Partial<Column>, more: Partial<TableSchema> = {}): TableSchema {
  return { ...table, ...more, columns: table.columns.map((column) => (column.name === name ? { ...column, ...change } : column)) };
}

const extra = {
  ...table.columns[1],
  id: 9,
  name: 'x',
  attnum: 9,
  typeOid: 0,
  typmod: -1,
  typeName: '',
  field: 'x',
  type: { kind: 'date' },
} as const;

test.each<[string, TableSchema, { added?: number; widened?: number; renamed?: boolean }]>([
  ['nothing', table, {}],
  ['another column name', withColumn('n', { name: 'm', field: 'm' }), {}],
  ['a wider numeric', withColumn('p', { type: { kind: 'numeric', precision: 20, scale: 2 } }), { widened: 1 }],
  [
    'an array of a wider numeric',
    withColumn('a', { type: { kind: 'array', element: { kind: 'numeric', precision: 20, scale: 2 } } }),
    { widened: 1 },
  ],
  [
    'a numeric without precision',
    withColumn('p', { type: { kind: 'numeric', precision: 76, scale: 38, unbounded: true } }),
    { widened: 1 },
  ],
  ['a column more', { ...table, columns: [...table.columns, { ...extra, missing: null }] }, { added: 1 }],
  ['a column less', { ...table, columns: table.columns.slice(0, 3) }, {}],
  ['another table name', { ...table, name: 'u' }, { renamed: true }],
])('%s is a change in place', (_what, to, { added = 0, widened = 0, renamed = false }) => {
  const change = schemaChange(table, to);
  expect(change).toMatchObject({ kind: 'in-place', renamed });
  expect(change.kind === 'in-place' && [change.added.length, change.widened.length]).toEqual([added, widened]);
});

test.each<[string, TableSchema]>([
  ['columns the catalog does not explain', { ...table, explained: false }],
  ['another identity', { ...table, identity: 'full', key: [] }],
  ['another key', { ...table, key: [1, 2] }],
  ['another type', withColumn('n', { type: { kind: 'text' } })],
  ['another mapping of the same type', withColumn('n', { type: { kind: 'interval' } })],
  ['a wider integer, which is another type at the source', withColumn('n', { type: { kind: 'int8' } })],
  ['a narrower type', withColumn('n', { type: { kind: 'int2' } })],
  ['another scale', withColumn('p', { type: { kind: 'numeric', precision: 20, scale: 3 } })],
  ['a wider key column', withColumn('id', { type: { kind: 'int8' } })],
  ['a missing value that the type cannot hold', { ...table, columns: [...table.columns, { ...extra, missing: 'infinity' }] }],
])('%s asks for a new copy', (_what, to) => {
  expect(schemaChange(table, to).kind).toBe('resync');
});
