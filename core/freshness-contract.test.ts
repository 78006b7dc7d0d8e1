import { expect, test } from 'vitest';
import { freshnessTargets } from './config-value.ts';
import { FreshnessContract } from './freshness-contract.ts';

test('the first target that matches a table counts', () => {
  const contract = new FreshnessContract(
    [
      { glob: 'public.orders', ms: 60_000 },
      { glob: 'billing.*', ms: 300_000 },
      { glob: '"Odd Schema".*', ms: 1 },
    ],
    1_800_000,
  );
  expect(['public.orders', 'billing.invoice', '"Odd Schema"."a.b"', 'public.visits'].map((table) => contract.targetMs(table))).toEqual([
    60_000, 300_000, 1, 1_800_000,
  ]);
  expect(new FreshnessContract([{ glob: '*', ms: 5 }], 9).targetMs('any.table')).toBe(5);
});

test.each([
  [
    '{"public.orders": "60s", "*": "30m"}',
    [
      { glob: 'public.orders', ms: 60_000 },
      { glob: '*', ms: 1_800_000 },
    ],
  ],
  ['{"public.orders": "soon"}', null],
  ['{"orders": "60s"}', null],
  ['{"public.orders": 60}', null],
  ['["public.orders"]', null],
  ['30m', null],
])('targets as the configuration has them: %s', (text, targets) => {
  const parsed = freshnessTargets.type.safeParse(text);
  expect(parsed.success ? parsed.data : null).toEqual(targets);
});
