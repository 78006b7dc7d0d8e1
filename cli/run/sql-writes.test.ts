import { expect, test } from 'vitest';
import { databaseGlob } from '../../core/sections/database-globs.ts';
import { resolveConfig } from '../../core/sections/resolve-config.ts';
import { requireOwnDatabases, sqlWritesOf } from './sql-writes.ts';

const MODELS = new URL('../../warehouse-sql/shop', import.meta.url).pathname;

test.each([
  [{ sqlWrites: ['analytics', 'public'], tables: ['public.*'] }, 'sqlWrites names public, a database of tables of the source'],
  [{ sqlWrites: ['marts'], models: MODELS }, 'sqlWrites names marts, a database of models'],
])('%j is refused by name', (config, says) => {
  expect(() => requireOwnDatabases(config)).toThrow(`BAD_CONFIG: ${says}. Name a database of its own, such as analytics.`);
});

test('other databases are not refused, and globs are not looked into', () => {
  expect(() => requireOwnDatabases({ sqlWrites: ['analytics', 'p*'], tables: ['public.*', '!analytics.x'], models: MODELS })).not.toThrow();
  expect(() => requireOwnDatabases({ sqlWrites: ['analytics'], models: '/not/there' })).not.toThrow();
  expect(() => requireOwnDatabases({})).not.toThrow();
});

const TOKEN = 'sixteen characters';
const writes = (values: Record<string, string>) =>
  sqlWritesOf(
    resolveConfig({ flags: {}, environment: {}, files: [{ path: 'base.yaml', values: new Map(Object.entries(values)) }] }).config,
  );

test('databases that builder may write are named or matched, and never those of ClickHouse or tailrace', () => {
  expect(writes({})).toBeNull();
  expect(writes({ sqlWrites: 'analytics,dbt_*', sqlWriteToken: TOKEN })).toEqual({ databases: ['analytics', 'dbt_*'], token: TOKEN });
  const matches = databaseGlob(['analytics', 'dbt_*', '*_x?']);
  expect(['analytics', 'dbt_', 'dbt_ann', 'a_x1'].filter((database) => !matches(database))).toEqual([]);
  expect(['analytics2', 'a.analytics', 'a_x'].filter(matches)).toEqual([]);
  expect(['system', 'tailrace', 'tailrace_models', 'information_schema', 'INFORMATION_SCHEMA'].filter(databaseGlob(['*']))).toEqual([]);
});

test.each(['system', 'tailrace', 'analytics,tailrace_models', 'INFORMATION_SCHEMA', 'a.b', 'a b', ','])(
  'sqlWrites %j is refused by name',
  (names) => {
    expect(() => writes({ sqlWrites: names, sqlWriteToken: TOKEN })).toThrow(
      `BAD_CONFIG: sqlWrites (from base.yaml) is "${names}"; allowed: names of databases or globs over them`,
    );
  },
);

test('builder has a password of its own, which is long', () => {
  expect(() => writes({ sqlWrites: 'analytics' })).toThrow('BAD_CONFIG: sqlWrites is analytics, but sqlWriteToken is not set');
  expect(() => writes({ sqlWrites: 'analytics', sqlWriteToken: 'too short' })).toThrow(
    'BAD_CONFIG: sqlWriteToken (from base.yaml) is "***"; allowed: a text of at least 16 characters',
  );
  expect(() => writes({ sqlWrites: 'analytics', sqlWriteToken: TOKEN, sqlToken: TOKEN })).toThrow(
    'BAD_CONFIG: sqlWriteToken is the same as sqlToken',
  );
});
