import { expect, test } from 'vitest';
import { parseTableSections } from './config-table.ts';
import { tableHistory } from './table-history.ts';

test('a table has the longest history of all sections that fit it, and none without one', () => {
  const of = tableHistory(
    parseTableSections(
      JSON.stringify({
        'public.*': { history: '2d' },
        'public.orders': { history: '400d' },
        'audit.log': { history: 'forever' },
        'app.*': { retention: '1d' },
      }),
    ),
  );
  expect(of({ schema: 'public', name: 'orders' })).toBe(400 * 86_400_000);
  expect(of({ schema: 'public', name: 'users' })).toBe(2 * 86_400_000);
  expect(of({ schema: 'audit', name: 'log' })).toBe('forever');
  expect(of({ schema: 'app', name: 'x' })).toBeNull();
});
