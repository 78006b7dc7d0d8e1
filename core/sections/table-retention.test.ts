import { expect, test } from 'vitest';
import { retentionOf } from '../config.ts';
import { resolveConfig } from './resolve-config.ts';

const DAY_MS = 86_400_000;

function retention(values: Record<string, string>): (table: string) => number | null {
  const files = [{ path: 'base.yaml', values: new Map(Object.entries(values)) }];
  return retentionOf(resolveConfig({ flags: {}, environment: {}, files }).config);
}

test('all tables have the retention of the lake, and seven days without one', () => {
  expect(retention({})('public.orders')).toBe(7 * DAY_MS);
  expect(retention({ 'lake.retention': '90d' })('public.orders')).toBe(90 * DAY_MS);
  expect(retention({ 'lake.retention': 'forever' })('public.orders')).toBeNull();
});

test('a section says otherwise for its tables; the longest that fits counts', () => {
  const table = JSON.stringify({
    'audit.*': { retention: 'forever' },
    'public.*': { retention: '1d' },
    'public.o*': { retention: '3d', exclude: ['note'] },
    'public.users': { where: 'true' },
  });
  const of = retention({ table });
  expect(of('audit.log')).toBeNull();
  expect(of('public.users')).toBe(DAY_MS);
  expect(of('public.orders')).toBe(3 * DAY_MS);
  expect(of('app.x')).toBe(7 * DAY_MS);
});

test('a retention that is no time is refused with what is allowed', () => {
  expect(() => retention({ table: '{"public.t":{"retention":"long"}}' })).toThrow(
    'BAD_CONFIG: table.public.t.retention is "long"; allowed: a time such as 30d, or forever',
  );
  expect(() => retention({ 'lake.retention': 'always' })).toThrow('allowed: a time such as 1h, 7d or 90d, or forever');
  expect(() => retention({ 'lake.sweepGrace': '9s' })).toThrow('allowed: a time of at least 10s, such as 1h, 24h or 7d');
});
