import { expect, test } from 'vitest';
import { parseExports } from './config-exports.ts';

test('a section says place, times, partition and what stays', () => {
  const text = JSON.stringify({
    'marts.customer_quarter': {
      to: 's3://bucket/out',
      cron: '0 3 1 */3 *',
      timezone: 'Europe/Berlin',
      partition: 'quarter_start',
      keep: 4,
    },
    'public."Order"': { to: './out', cron: '@daily' },
  });
  expect(parseExports(text)).toEqual([
    {
      table: 'marts.customer_quarter',
      to: 's3://bucket/out',
      cron: { pattern: '0 3 1 */3 *', timezone: 'Europe/Berlin' },
      partition: 'quarter_start',
      keep: 4,
    },
    { table: 'public."Order"', to: './out', cron: { pattern: '@daily', timezone: 'UTC' }, partition: null, keep: null },
  ]);
});

test.each([
  ['[]', 'export is []; allowed: a map of database.table'],
  ['{', 'export (from TAILRACE_EXPORT) is not JSON'],
  ['{"marts.a": "out"}', 'export.marts.a is "out"; allowed: to'],
  ['{"marts.a": {"cron": "@daily"}}', 'export.marts.a.to is undefined; allowed: a directory or s3://bucket/prefix'],
  ['{"marts.a": {"to": "http://x", "cron": "@daily"}}', 'export.marts.a.to is "http://x"; allowed: a directory or s3://bucket/prefix'],
  ['{"marts.a": {"to": "out"}}', 'export.marts.a.cron is undefined; allowed: a cron pattern'],
  ['{"marts.a": {"to": "out", "cron": "every day"}}', 'export.marts.a: "every day" is not a cron pattern'],
  ['{"marts.a": {"to": "out", "cron": "0 0 30 2 *"}}', 'export.marts.a: the cron pattern "0 0 30 2 *" never comes'],
  ['{"marts.a": {"to": "out", "cron": "@daily", "timezone": "Mars"}}', 'export.marts.a: unknown timezone "Mars"'],
  ['{"marts.a": {"to": "out", "cron": "@daily", "keep": 0}}', 'export.marts.a.keep is 0; allowed: a whole number from 1 on'],
  ['{"marts.a": {"to": "out", "cron": "@daily", "kept": 1}}', 'export.marts.a has "kept"; allowed: to'],
  ['{"marts": {"to": "out", "cron": "@daily"}}', 'export holds "marts"; allowed: the name of one table'],
  ['{"marts.a": {"to": "x", "cron": "@daily"}, "marts.\\"a\\"": {"to": "y", "cron": "@daily"}}', 'export has marts.a twice'],
])('%s is refused', (text, says) => {
  expect(() => parseExports(text)).toThrow(says);
});
