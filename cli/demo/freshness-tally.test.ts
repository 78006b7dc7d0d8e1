import { expect, test } from 'vitest';
import type { TableStatus } from '../../monitor/status.ts';
import { statusReport } from '../../test/support/status-report.ts';
import { FreshnessTally } from './freshness-tally.ts';

function table(name: string, freshnessSeconds: number, state: TableStatus['state'] = 'live'): TableStatus {
  return { table: name, state, asOf: '', freshnessSeconds, slaSeconds: 1800, appendOnly: false, cause: null, error: null };
}

test('each table has its figures, and all of them one share', () => {
  const tally = new FreshnessTally();
  for (const seconds of [0.5, 0.4, 2000]) tally.look(statusReport({ tables: [table('public.a', seconds), table('public.b', 0.1)] }));
  expect(tally.lines(1800)).toEqual([
    'freshness under live traffic:',
    '  table       p50        p99        max',
    '  public.a  0.5 s  33 m 20 s  33 m 20 s',
    '  public.b  0.1 s      0.1 s      0.1 s',
    'within 30 min: 83.3 %',
  ]);
});

test('nothing is counted until all tables are live', () => {
  const tally = new FreshnessTally();
  tally.look(statusReport({ tables: [table('public.a', 1), table('public.b', 1, 'copying')] }));
  expect(tally.lines(1800)).toEqual(['freshness unknown']);
});

test('models stand beside tables, and some names can be left out', () => {
  const tally = new FreshnessTally();
  const model = { state: 'fresh', asOf: '', slaSeconds: 1800, error: null } as const;
  const models = ['marts.a', 'stg.a', 'marts.never'].map((name) => ({
    model: name,
    ...model,
    freshnessSeconds: name === 'marts.never' ? null : 2,
  }));
  tally.look(statusReport({ tables: [table('public.a', 1)], models }));
  expect(tally.lines(1800, (name) => !name.startsWith('stg.'))).toEqual([
    'freshness under live traffic:',
    '  table       p50    p99    max',
    '  marts.a   2.0 s  2.0 s  2.0 s',
    '  public.a  1.0 s  1.0 s  1.0 s',
    'within 30 min: 100 %',
  ]);
});
