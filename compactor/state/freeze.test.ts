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
  expect(nameClash(frozen(name, ...schemas.map((schema) => table(schema, 't'))), taken)).toContain(
    `would need the database ${database}, which`,
  );
});

test('a freeze may move under its own name, and names that only look alike do not clash', () => {
  const freezes = [frozen('a', table('public', 't')), { ...frozen('b_c', table('public', 't')), state: 'dropped' as const }];
  expect(nameClash(frozen('a', table('public', 't'), table('sales', 't')), { ...nothing, freezes })).toBeNull();
  expect(nameClash(frozen('b', table('c_public', 't')), { ...nothing, freezes })).toBeNull();
});

const HELD = { seconds: 60, rows: true };

test('a held freeze adds its name to the databases of the tables, and one more database has their rows', () => {
  const one = { ...frozen('tailrace_run_1', table('public', 'orders'), table('system', 'Users')), held: HELD };
  expect(frozenNames(one)).toEqual([
    { schema: 'tailrace_run_1_public', name: 'orders' },
    { schema: 'tailrace_run_1_pg_system', name: 'Users' },
    { schema: 'tailrace_run_1', name: 'public.orders' },
    { schema: 'tailrace_run_1', name: 'system."Users"' },
  ]);
  expect(frozenDatabases({ ...one, held: { ...HELD, rows: false } })).toEqual(['tailrace_run_1_pg_system', 'tailrace_run_1_public']);
});

test('names of held freezes and of other ones are told apart', () => {
  const one = frozen('tailrace_x', table('public', 't'));
  expect(nameClash(one, nothing)).toBe('names that begin with tailrace_ are those of tailrace itself');
  expect(nameClash({ ...one, held: HELD }, nothing)).toBeNull();
  expect(nameClash({ ...one, name: 'x', held: HELD }, nothing)).toBe('the name of a held freeze begins with tailrace_');
});
