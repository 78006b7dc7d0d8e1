import { expect, test } from 'vitest';
import { copyPlan } from './check-plan.ts';

const ORDERS = { table: 'public.orders', rows: 1_000_000, bytes: 120e6, identity: 'key', risks: [] } as const;

const cost = (maxAgeMs: number): string => copyPlan([ORDERS], { parallel: 2, onS3: true, maxAgeMs, warnings: () => [] }).cost;

test('the plan says what is copied and how long that takes', () => {
  const plan = copyPlan([ORDERS, { ...ORDERS, table: 'public.log', rows: null, identity: 'append' }], {
    parallel: 2,
    onS3: false,
    maxAgeMs: 500,
    warnings: (table) => (table === 'public.log' ? ['owner', 'select'] : []),
  });
  expect(plan.lines).toEqual([
    ['public.orders', '1.00 M', '114.4 MiB', '1.0 s', 'upserts by key', ''],
    ['public.log', 'not analyzed', '114.4 MiB', '1.0 s', 'append-only: no key', 'owner, select'],
  ]);
  expect(plan.summary).toBe('2 tables, more than 1.00 M rows, 228.9 MiB; the copy takes about 2.0 s');
  expect(plan.cost).toContain('the lake is a directory: about 1440 new files on an idle day, at most 1.73 M for a table');
});

test('on S3 younger batches cost more on a busy day, and nothing on an idle one', () => {
  expect(cost(5_000)).toBe(
    'S3 requests at list price: about $0.08 (68.2 k) for an idle day, about $0.54 (516 k) for a day with changes all the time (--replicate-max-age 5s)',
  );
  expect(cost(500)).toMatch(/about \$0\.08 .* for an idle day, about \$3\.49 /);
});
