import { expect, test } from 'vitest';
import type { ColumnType } from '../../core/column-type.ts';
import type { Column, TableSchema } from '../../core/table.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { schemaDifference } from './schema-difference.ts';

const numeric = (precision: number, scale: number, unbounded?: true): ColumnType => ({
  kind: 'numeric',
  precision,
  scale,
  ...(unbounded === undefined ? {} : { unbounded }),
});
const BEFORE = tableSchema({
  oid: 1,
  name: 't',
  columns: {
    id: { kind: 'int4' },
    small: { kind: 'int2' },
    note: { kind: 'text' },
    sure: { kind: 'text' },
    price: numeric(10, 2),
    state: { kind: 'enum' },
    at: { kind: 'timestamp' },
    list: { kind: 'array', element: { kind: 'int4' } },
  },
  notNull: ['sure'],
  key: ['id'],
});

const alter = (name: string, change: Partial<Column>): TableSchema => ({
  ...BEFORE,
  columns: BEFORE.columns.map((column) => (column.name === name ? { ...column, ...change } : column)),
});
const typed = (name: string, type: ColumnType): TableSchema => alter(name, { type, typeName: JSON.stringify(type) });
const drop = (name: string, from = BEFORE): TableSchema => ({ ...from, columns: from.columns.filter((column) => column.name !== name) });
const add = (change: Partial<Column>, to = BEFORE): TableSchema => {
  const [first] = to.columns;
  if (first === undefined) throw new Error('no column');
  return { ...to, columns: [...to.columns, { ...first, id: 99, attnum: 99, name: 'more', field: 'more', ...change }] };
};
const nullable = (schema: TableSchema, name: string): TableSchema => ({
  ...schema,
  columns: schema.columns.map(({ notNull, ...column }) =>
    column.name === name || notNull === undefined ? column : { ...column, notNull },
  ),
});

test.each<[ddl: string, now: TableSchema, is: string]>([
  ['nothing', BEFORE, 'full'],
  ['ADD COLUMN', add({}), 'full'],
  ['ADD COLUMN … DEFAULT 1 NOT NULL', add({ notNull: true, missing: '1' }), 'full'],
  ['ADD COLUMN … NOT NULL of an empty table', add({ notNull: true }), 'forward'],
  ['DROP COLUMN', drop('note'), 'full'],
  ['DROP COLUMN of one that is NOT NULL', drop('sure'), 'backward'],
  ['DROP COLUMN and ADD COLUMN of its name with another type', add({ name: 'note', type: { kind: 'int8' } }, drop('note')), 'breaking'],
  ['DROP COLUMN of one that is NOT NULL, and ADD COLUMN … NOT NULL', add({ notNull: true }, drop('sure')), 'breaking'],
  ['RENAME COLUMN', alter('note', { name: 'remark' }), 'breaking'],
  ['RENAME COLUMN of the key', alter('id', { name: 'number' }), 'breaking'],
  ['SET NOT NULL', alter('note', { notNull: true }), 'forward'],
  ['DROP NOT NULL', nullable(BEFORE, 'sure'), 'backward'],
  ['TYPE int from smallint', typed('small', { kind: 'int4' }), 'backward'],
  ['TYPE bigint from int', typed('id', { kind: 'int8' }), 'backward'],
  ['TYPE double precision from int', typed('id', { kind: 'float8' }), 'backward'],
  ['TYPE smallint from int', typed('id', { kind: 'int2' }), 'forward'],
  ['TYPE text from int', typed('id', { kind: 'text' }), 'breaking'],
  ['TYPE boolean from int', typed('id', { kind: 'bool' }), 'breaking'],
  ['TYPE varchar(20) from text', alter('note', { typeName: 'character varying(20)' }), 'full'],
  ['TYPE text from an enum', typed('state', { kind: 'text' }), 'backward'],
  ['TYPE uuid from text', typed('note', { kind: 'uuid' }), 'forward'],
  ['TYPE timestamptz from timestamp', typed('at', { kind: 'timestamptz' }), 'breaking'],
  ['TYPE numeric(12,2) from numeric(10,2)', typed('price', numeric(12, 2)), 'backward'],
  ['TYPE numeric(8,2) from numeric(10,2)', typed('price', numeric(8, 2)), 'forward'],
  ['TYPE numeric from numeric(10,2)', typed('price', numeric(76, 38, true)), 'backward'],
  ['TYPE bigint[] from int[]', typed('list', { kind: 'array', element: { kind: 'int8' } }), 'backward'],
  ['TYPE int from int[]', typed('list', { kind: 'int4' }), 'breaking'],
  ['another primary key', { ...BEFORE, key: [1, 2] }, 'breaking'],
  ['no primary key', { ...BEFORE, key: [], identity: 'full' }, 'breaking'],
  ['RENAME TO', { ...BEFORE, name: 'u' }, 'breaking'],
  ['SET SCHEMA', { ...BEFORE, schema: 'other' }, 'breaking'],
  ['a new copy in a new epoch', { ...BEFORE, tableId: '1_2', epoch: 2 }, 'full'],
])('%s is classed as a registry would: %#', (_ddl, now, is) => {
  expect(schemaDifference(BEFORE, now).class).toBe(is);
});

test('each change has a class of its own, and one reader that cannot go on is enough for the whole', () => {
  expect(schemaDifference(BEFORE, add({ notNull: true }, drop('sure'))).changes).toEqual([
    { column: 'sure', what: 'dropped, text', class: 'backward' },
    { column: 'more', what: 'added, int4', class: 'forward' },
  ]);
});
