import { expect, test } from 'vitest';
import { martPositions } from './mart-position.ts';
import { applied, position } from '../test/support/status-input.ts';
import { reportedModel } from '../test/support/models-report.ts';

const orders = applied('public.orders', { changed: 5 });
const visits = applied('public.visits', { changed: 7 });
const at = position(orders, visits);
const current = (...models: Parameters<typeof reportedModel>[0][]) =>
  Object.fromEntries(martPositions(models.map(reportedModel), at).map((one) => [one.model.model, one.current]));

test('a mart is as far as the front until a table that it reads has changed', () => {
  const [fresh, late] = martPositions(
    [
      reportedModel({ model: 'marts.a', inputs: ['public.orders'], manifest: 5 }),
      reportedModel({ model: 'marts.b', inputs: ['public.orders', 'public.visits'], manifest: 6 }),
    ],
    at,
  );
  expect(fresh).toMatchObject({ current: true, lsn: '0/2000', asOf: at.asOf });
  expect(late).toMatchObject({ current: false, lsn: '0/1000', asOf: '2026-01-01T00:09:00.000000Z' });
});

test('tables that are read through other models count, and a view of tables is never behind them', () => {
  const seen = current(
    { model: 'stg.visits', kind: 'view', inputs: ['public.visits'], manifest: 1 },
    { model: 'marts.visits', inputs: ['stg.visits'], manifest: 6 },
    { model: 'marts.view', kind: 'view', inputs: ['marts.visits'], manifest: 6 },
    { model: 'marts.late', kind: 'view', inputs: ['marts.visits'], manifest: 7 },
  );
  expect(seen).toEqual({ 'stg.visits': true, 'marts.visits': false, 'marts.view': false, 'marts.late': true });
});

test('a mart over a history is as far as the table of that history', () => {
  const marts = [4, 5].map((manifest) => reportedModel({ model: `marts.m${manifest}`, inputs: ['public.orders__history'], manifest }));
  const kept = position({ ...orders, historySince: '2026-01-01T00:00:00Z' });
  expect(martPositions(marts, kept).map((one) => one.current)).toEqual([false, true]);
});

test('a mart is no further than its run where a table is not live, nothing is shown, or the warehouse is not known', () => {
  const model = reportedModel({ model: 'marts.a', inputs: ['public.orders'], manifest: 9 });
  expect(martPositions([model], position(applied('public.orders', { state: 'parked', changed: 1 })))[0]?.current).toBe(false);
  expect(martPositions([model], position(applied('public.orders')))[0]?.current).toBe(false);
  expect(martPositions([model], null)[0]).toMatchObject({ current: false, lsn: '0/1000' });
  expect(martPositions([reportedModel({ model: 'marts.a', manifest: null })], at)[0]).toMatchObject({ lsn: null, asOf: null });
});
