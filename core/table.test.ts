import { expect, test } from 'vitest';
import { matchNamed, matchTables } from './table-glob.ts';
import { parseQualifiedName, qualifiedName, quoteIdent } from './table.ts';

test('identifiers are quoted exactly where Postgres quotes them', () => {
  expect(['orders', 'Orders', 'select', 'a b', 'a"b', '_x1', '1a', 'order_items', 'user'].map(quoteIdent)).toEqual([
    'orders',
    '"Orders"',
    '"select"',
    '"a b"',
    '"a""b"',
    '_x1',
    '"1a"',
    'order_items',
    '"user"',
  ]);
});

test('a qualified name is read back into its parts', () => {
  for (const [schema, name] of [
    ['public', 'orders'],
    ['My Schema', 'a.b'],
    ['x', 'q"uote'],
  ] as const) {
    expect(parseQualifiedName(qualifiedName(schema, name))).toEqual({ schema, name });
  }
});

test('a text that is not schema.table is refused by name', () => {
  for (const text of ['orders', 'a.b.c', '.x', 'x.', '']) expect(() => parseQualifiedName(text)).toThrow(/NO_SUCH_TABLE/);
});

const tables = [
  { schema: 'public', name: 'orders' },
  { schema: 'public', name: 'order_items' },
  { schema: 'shop.eu', name: 'orders' },
];

test('a star stays within its part of the name', () => {
  expect(matchTables(['public.order*'], tables)).toEqual(tables.slice(0, 2));
  expect(matchTables(['*.orders'], tables)).toEqual([tables[0], tables[2]]);
  expect(matchTables(['"shop.eu".*'], tables)).toEqual([tables[2]]);
  expect(matchTables(null, tables)).toEqual(tables);
});

test('an exclamation mark leaves tables out', () => {
  expect(matchTables(['public.*', '!public.orders'], tables)).toEqual(
    matchTables(['public.*'], tables).filter(({ name }) => name !== 'orders'),
  );
  expect(matchTables(['!*.orders'], tables)).toEqual(tables.filter(({ name }) => name !== 'orders'));
  expect(() => matchTables(['!public.nope'], tables)).toThrow(/"!public\.nope"/);
});

test('a report without the tables that were left out is no reason to refuse their glob', () => {
  const reports = [{ table: 'public.orders' }];
  expect(matchNamed(['public.*', '!public.order_items'], reports)).toEqual(reports);
  expect(matchNamed(['!public.order_items'], reports)).toEqual(reports);
  expect(() => matchNamed(['public.nope', '!public.order_items'], reports)).toThrow(/"public\.nope"/);
});

test('a glob that matches nothing is named in the error', () => {
  expect(() => matchTables(['public.orders', 'public.nope*'], tables)).toThrow(/"public\.nope\*"/);
});
