import { expect, test } from 'vitest';
import type { TableTrouble } from '../lake/choice.ts';
import { applied, input, position, sourceOf } from '../test/support/status-input.ts';
import { composeStatus, isLive } from './status.ts';
import type { StatusInput } from './status.ts';

const trouble = (state: TableTrouble['state'], table = 'public.visits'): TableTrouble => ({
  oid: 101,
  table,
  state,
  code: state === 'waiting' ? 'SOURCE_BUSY' : 'TABLE_UNPUBLISHED',
  message: `CODE: why ${state}`,
  at: '2026-01-01T00:00:00Z',
});

/** A report in which the second table has this trouble. */
const troubled = (state: TableTrouble['state'], published: boolean, more: Partial<StatusInput> = {}) => {
  const { source } = input();
  if (source === null) throw new Error('no source');
  const [orders] = source.tables;
  const visits = { table: 'public.visits', oid: 101, appendOnly: false, published, trouble: trouble(state) };
  const report = composeStatus(input({ source: { ...source, tables: orders === undefined ? [] : [orders, visits] }, ...more }));
  return { report, visits: report.tables[1] };
};

test('a chosen table that cannot be published is unpublished with the reason, and misses its target', () => {
  const { report, visits } = troubled('unpublished', false, { position: position(applied('public.orders')) });
  expect(visits).toMatchObject({
    state: 'unpublished',
    asOf: null,
    freshnessSeconds: null,
    error: { code: 'TABLE_UNPUBLISHED', message: 'CODE: why unpublished', at: '2026-01-01T00:00:00Z' },
    cause: { stage: 'unpublished' },
  });
  expect(report.withinSla).toBe(false);
  expect(isLive(report.tables)).toBe(true);
});

test('a live table that left the publication has an unknown as-of; a chosen table is not shown as dropped', () => {
  expect(troubled('unpublished', false).visits).toMatchObject({ state: 'unpublished', asOf: null, freshnessSeconds: null });
  const dropped = position(applied('public.orders'), applied('public.visits', { state: 'dropped' }));
  expect(troubled('unpublished', false, { position: dropped }).visits?.state).toBe('unpublished');
  expect(troubled('waiting', false, { position: dropped }).visits?.state).toBe('waiting');
});

test('a published table that may not be copied is unpublished, and a parked one stays parked', () => {
  expect(troubled('unpublished', true, { position: position(applied('public.orders')) }).visits?.state).toBe('unpublished');
  const error = { code: 'WAREHOUSE_QUERY', message: 'it failed', at: '2026-01-01T00:00:00Z' };
  const parked = position(applied('public.orders'), applied('public.visits', { state: 'parked', error }));
  expect(troubled('unpublished', false, { position: parked }).visits).toMatchObject({ state: 'parked', error });
});

test('a partitioned table without some of its leaves is live with its freshness and error, and misses its target', () => {
  const { report, visits } = troubled('incomplete', true);
  expect(visits).toMatchObject({ state: 'live', freshnessSeconds: 1.5, error: { message: 'CODE: why incomplete' } });
  expect(report.withinSla).toBe(false);
});

test('a table that waits for a lock names its holder, and misses no target', () => {
  const { report, visits } = troubled('waiting', false, { position: position(applied('public.orders')) });
  expect(visits).toMatchObject({ state: 'waiting', error: { code: 'SOURCE_BUSY' }, cause: { stage: 'source', reason: 'why waiting' } });
  expect(report.withinSla).toBe(true);
});

test('a table whose copy waits for an older transaction says which', () => {
  const { source } = input();
  if (source === null) throw new Error('no source');
  const health = { ...source.health, longestTransaction: { seconds: 90, pid: 7, by: 'psql of user app' } };
  const [, visits] = composeStatus(input({ source: { ...source, health }, position: position(applied('public.orders')) })).tables;
  expect(visits?.cause?.reason).toContain('a transaction of psql of user app (pid 7) has been open for 90 s');
});

test('while the source has never answered, the lake says which tables are unpublished', () => {
  const lastTables = [{ table: 'public.visits', oid: 101, appendOnly: false, published: false, trouble: trouble('unpublished') }];
  const report = composeStatus(input({ source: null, lastTables, position: position(applied('public.orders')) }));
  expect(report.tables.map(({ table, state }) => [table, state])).toEqual([
    ['public.orders', 'live'],
    ['public.visits', 'unpublished'],
  ]);
});

test('a table that someone removed from the publication is waiting, and its as-of is unknown', () => {
  const tables = (input().source?.tables ?? []).map((one) => ({ ...one, published: one.table !== 'public.visits' }));
  const [orders, visits] = composeStatus(input({ source: sourceOf({ tables }) })).tables;
  expect(orders?.state).toBe('live');
  expect(visits).toMatchObject({ state: 'waiting', asOf: null, freshnessSeconds: null, cause: { stage: 'replicator' } });
});

test('a table that was parked under an older name is one row under its present name', () => {
  const error = { code: 'BAD_CONFIG', message: 'held back', at: '2026-01-01T00:00:00Z' };
  const at = position(applied('public.old', { tableId: '100_1', state: 'parked', error }), applied('public.visits'));
  const report = composeStatus(input({ position: at }));
  expect(report.tables.map(({ table, state, error: why }) => [table, state, why?.code ?? null])).toEqual([
    ['public.orders', 'parked', 'BAD_CONFIG'],
    ['public.visits', 'live', null],
  ]);
});

test('a table with a history says since when it is whole', () => {
  const since = '2026-01-01T00:00:00.123456Z';
  const { tables } = composeStatus(
    input({ position: position(applied('public.orders', { historySince: since }), applied('public.visits')) }),
  );
  expect(tables[0]?.historySince).toBe(since);
  expect(tables[1]).not.toHaveProperty('historySince');
});
