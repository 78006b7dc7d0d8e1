import { expect, test } from 'vitest';
import { checkNames } from './check-names.ts';

test('a name that is too long for ClickHouse is reported with its new name, and the SQL that makes both the same', () => {
  const schema = '\u{6f22}'.repeat(21);
  const database = `${'\u{6f22}'.repeat(14)}_8eac8f9e`;
  const items = checkNames([
    { schema, name: 'x'.repeat(63) },
    { schema, name: schema },
    { schema: 'public', name: schema },
  ]);
  expect(items.map(({ value, fix }) => [value, fix])).toEqual([
    [
      `it is in database "${database}", because the name of its schema is too long for ClickHouse`,
      `ALTER SCHEMA "${schema}" RENAME TO "${database}";`,
    ],
    [
      `it is in database "${database}", because the name of its schema is too long for ClickHouse`,
      `ALTER SCHEMA "${schema}" RENAME TO "${database}";`,
    ],
    [
      `it is called "${schema.slice(0, 7)}_8eac8f9e", because its name is too long for ClickHouse`,
      `ALTER TABLE "${schema}"."${schema}" RENAME TO "${schema.slice(0, 7)}_8eac8f9e";`,
    ],
  ]);
});
