import { expect, test } from 'vitest';
import { folderContext } from './folder-context.ts';

test('names the databases of the source, and the tables that are not there yet', () => {
  const { databases, isComing } = folderContext([
    { table: 'public.orders', state: 'live' },
    { table: 'public."Odd ""x"""', state: 'copying' },
    { table: 'system.events', state: 'waiting' },
    { table: 'sales.gone', state: 'dropped' },
  ]);
  expect(databases).toEqual(['public', 'pg_system', 'sales']);
  expect(isComing({ database: 'public', name: 'Odd "x"' })).toBe(true);
  expect(isComing({ database: 'pg_system', name: 'events' })).toBe(true);
  expect([isComing({ database: 'public', name: 'orders' }), isComing({ database: 'sales', name: 'gone' })]).toEqual([false, false]);
});

test('a history may come until it is there', () => {
  const { isComing } = folderContext([
    { table: 'public.kept', state: 'live', historySince: '2026-01-01T00:00:00Z' },
    { table: 'public.lacking', state: 'live' },
  ]);
  const isHistoryComing = (name: string): boolean => isComing({ database: 'public', name: `${name}__history` });
  expect([isHistoryComing('kept'), isHistoryComing('lacking')]).toEqual([false, true]);
});
