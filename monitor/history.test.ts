import { expect, test } from 'vitest';
import { History } from './history.ts';
import { statusReport } from '../test/support/status-report.ts';

test('the worst look of each ten seconds is kept, for six hours', () => {
  const history = new History({ wallMs: 0, elapsedMs: 0 });
  for (const [at, freshnessSeconds] of [0.5, 7, 0.4, 1].entries()) history.add(statusReport({ freshnessSeconds }), at * 1000);
  history.add(statusReport({ freshnessSeconds: 2 }), 12_000);
  expect(history.samples.map((sample) => [sample.atMs, sample.freshnessSeconds])).toEqual([
    [0, 7],
    [12_000, 2],
  ]);
  history.add(statusReport({ freshnessSeconds: 3 }), 12_000 + 6 * 3_600_000);
  expect(history.samples.map(({ freshnessSeconds }) => freshnessSeconds)).toEqual([2, 3]);
});
