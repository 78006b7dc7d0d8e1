import { expect, test } from 'vitest';
import { frozenDatabases, frozenFacts, frozenNames, nameClash } from './freeze.ts';
import type { Freeze } from './freeze.ts';

const table = (schema: string, name: string) => ({ schema, name, tableId: '1_1', schemaHash: 'h', nullable: [], storage: 'frozen_x_0' });
const frozen = (name: string, ...tables: Freeze['tables']): Freeze => ({
  name,
  state: 'shown',
  request: 'r',
  lsn: '0/1E',
  asOf: null,
  tables,
  leftOut: [],
});
const nothing = { schemas: ['public'], freezes: [], databases: ['default', 'public'] };

test('a freeze shows each schema in a database of its own, with the names of the tables', () => {
  const one = frozen('nightly', table('public', 'orders'), table('Sales', 'Orders'), table('public', 'items'));
  expect(frozenDatabases(one)).toEqual(['nightly_Sales', 'nightly_public']);
  expect(frozenNames(one)[0]).toEqual({ schema: 'nightly_public', name: 'orders' });
  expect(frozenFacts(one)).toEqual({
    name: 'nightly',
    lsn: '0/1E',
    asOf: null,
    databases: ['nightly_Sales', 'nightly_public'],
    tables: ['"Sales"."Orders"', 'public.items', 'public.orders'],
  });
});

test.for(['dropping', 'dropped'] as const)('a freeze that is %s has no names', (state) => {
  expect(frozenNames({ ...frozen('a', table('public', 't')), state })).toEqual([]);
});

test.for([
  ['a schema of the source', 'a', ['public'], { ...nothing, schemas: ['public', 'a_public'] }, 'a_public'],
  ['a database of the engine', 'information', ['schema'], nothing, 'information_schema'],
  ['another freeze', 'x', ['y_z'], { ...nothing, freezes: [frozen('x_y', table('z', 't'))] }, 'x_y_z'],
  ['a database that somebody made', 'my', ['public'], { ...nothing, databases: ['my_public'] }, 'my_public'],
] as const)('a name whose database would be that of %s is refused, and the database is named', ([, name, schemas, taken, database]) => {
  expect(nameClash(name, schemas, taken)).toContain(`would need the database ${database}, which`);
});

test('a freeze may move under its own name, and names that only look alike do not clash', () => {
  const freezes = [frozen('a', table('public', 't')), { ...frozen('b_c', table('public', 't')), state: 'dropped' as const }];
  expect(nameClash('a', ['public', 'sales'], { ...nothing, freezes })).toBeNull();
  expect(nameClash('b', ['c_public'], { ...nothing, freezes })).toBeNull();
});
