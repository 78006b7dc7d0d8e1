import { expect, test } from 'vitest';
import type { TableTrouble } from '../lake/choice.ts';
import type { Position, TablePosition } from '../lake/readers.ts';
import { FreshnessContract } from '../core/freshness-contract.ts';
import { monitorReport } from '../test/support/status-report.ts';
import { metricsText } from './metrics-text.ts';
import { composeStatus, isLive } from './status.ts';
import type { StatusInput } from './status.ts';

const NOW = Date.parse('2026-01-01T00:10:00.000Z');

const applied = (name: string, more: Partial<TablePosition> = {}): TablePosition => ({
  table: name,
  tableId: `${{ 'public.orders': 100, 'public.visits': 101 }[name] ?? 999}_1`,
  generation: 1,
  state: 'live',
  appliedLsn: '0/2000',
  asOf: '2026-01-01T00:09:58.500000Z',
  appendOnly: false,
  error: null,
  ...more,
});

const position = (...tables: TablePosition[]): Position => ({
  warehouseId: 'w',
  manifest: 7,
  appliedLsn: '0/2000',
  asOf: '2026-01-01T00:09:58.500000Z',
  at: '2026-01-01T00:09:59Z',
  tables,
  batches: [],
  windows: [],
});

const input = (more: Partial<StatusInput> = {}): StatusInput => ({
  source: {
    lsn: '0/3000',
    sender: { unsentBytes: 0, silentSeconds: 1 },
    outlook: { growthPerHour: null, secondsUntilLost: null },
    slot: { walStatus: 'reserved', retainedBytes: 4096, safeWalBytes: null, active: true, catalogXminAge: 3 },
    health: { walKeepBytes: null, diskFreeBytes: null, longestTransaction: null, spilledBytes: 0 },
    tables: [
      { table: 'public.orders', oid: 100, appendOnly: false, published: true, trouble: null },
      { table: 'public.visits', oid: 101, appendOnly: true, published: true, trouble: null },
    ],
  },
  lastTables: [],
  slotName: 'tailrace_0a1b2c3d',
  epoch: 1,
  manifest: {
    number: 8,
    epoch: 1,
    writer: 'w',
    from: '0/2000',
    to: '0/2800',
    commitTimes: ['2026-01-01T00:09:59.000000Z', '2026-01-01T00:09:59.900000Z'],
    heartbeat: false,
    files: [],
    catalog: [],
  },
  lakeRefuses: null,
  position: position(applied('public.orders'), applied('public.visits', { appendOnly: true })),
  copying: new Map(),
  slaMs: 1_800_000,
  contract: new FreshnessContract([], 1_800_000),
  heartbeatMs: 10_000,
  walBudgetBytes: null,
  compactorSilentMs: 1_000,
  nowMs: NOW,
  clockOffsetMs: 0,
  ...more,
});

/** A copy that was begun, with nothing in it. */
const copying = (table: string): StatusInput['copying'] =>
  new Map([
    [
      table,
      { plan: { table, epoch: 1, ranges: [{ leafOid: 1, from: 0, to: null }], createdAt: '2026-01-01T00:00:00Z' }, chunks: 0, done: false },
    ],
  ]);

test('a table that was parked under the name it had then is one row under the name it has now', () => {
  const error = { code: 'BAD_CONFIG', message: 'held back', at: '2026-01-01T00:00:00Z' };
  const at = position(applied('public.old', { tableId: '100_1', state: 'parked', error }), applied('public.visits'));
  const report = composeStatus(input({ position: at }));
  expect(report.tables.map(({ table, state, error: why }) => [table, state, why?.code ?? null])).toEqual([
    ['public.orders', 'parked', 'BAD_CONFIG'],
    ['public.visits', 'live', null],
  ]);
});

test('a report has the fields that programs rely on', () => {
  expect(composeStatus(input())).toEqual({
    source: {
      lsn: '0/3000',
      slot: {
        name: 'tailrace_0a1b2c3d',
        walStatus: 'reserved',
        retainedBytes: 4096,
        safeWalBytes: null,
        active: true,
        growthPerHour: null,
        secondsUntilLost: null,
        catalogXminAge: 3,
        spilledBytes: 0,
      },
      walBudget: { budgetBytes: null, share: null, level: 'fine' },
      diskFreeBytes: null,
      secondsUntilDiskFull: null,
      longestTransaction: null,
    },
    lake: { durableLsn: '0/2800', batches: 8, lastCommitTime: '2026-01-01T00:09:59.900000Z' },
    warehouse: { appliedLsn: '0/2000', asOf: '2026-01-01T00:09:58.500000Z', space: null },
    freshnessSeconds: 1.5,
    slaSeconds: 1800,
    withinSla: true,
    cause: null,
    tables: [
      {
        table: 'public.orders',
        state: 'live',
        asOf: '2026-01-01T00:09:58.500000Z',
        freshnessSeconds: 1.5,
        slaSeconds: 1800,
        appendOnly: false,
        cause: null,
        error: null,
      },
      {
        table: 'public.visits',
        state: 'live',
        asOf: '2026-01-01T00:09:58.500000Z',
        freshnessSeconds: 1.5,
        slaSeconds: 1800,
        appendOnly: true,
        cause: null,
        error: null,
      },
    ],
    stages: [],
    windows: [],
    notes: [],
  });
});

test('a chosen table waits until its copy begins, then it is copied, and it has no freshness until it was live', () => {
  const nothing = composeStatus(input({ position: null }));
  expect(nothing.tables.map(({ state, freshnessSeconds }) => [state, freshnessSeconds])).toEqual([
    ['waiting', null],
    ['waiting', null],
  ]);
  expect(nothing).toMatchObject({ freshnessSeconds: null, withinSla: false });
  const begun = composeStatus(input({ position: null, copying: copying('public.visits') }));
  expect(begun.tables.map(({ state, copy }) => [state, copy])).toEqual([
    ['waiting', undefined],
    ['copying', { share: 0, secondsLeft: null }],
  ]);
});

test('a late table, or a parked one, is not within the promise', () => {
  expect(composeStatus(input({ contract: new FreshnessContract([], 1000) })).withinSla).toBe(false);
  const error = { code: 'WAREHOUSE_QUERY', message: 'WAREHOUSE_QUERY: no.', at: '2026-01-01T00:00:00Z' };
  const parked = composeStatus(
    input({ position: position(applied('public.orders'), applied('public.visits', { state: 'parked', error })) }),
  );
  expect(parked).toMatchObject({ withinSla: false, tables: [{ state: 'live' }, { state: 'parked', error }] });
});

test('a table on its way for the first time does not break the promise of the others', () => {
  const report = composeStatus(input({ position: position(applied('public.orders')) }));
  expect(report).toMatchObject({ withinSla: true, tables: [{ state: 'live' }, { state: 'waiting' }] });
  expect(isLive(report.tables)).toBe(false);
});

test('after a new epoch tables wait for their new copy and keep their as-of', () => {
  const report = composeStatus(input({ epoch: 2, copying: copying('public.orders') }));
  expect(report.tables.map(({ state, freshnessSeconds }) => [state, freshnessSeconds])).toEqual([
    ['copying', 1.5],
    ['waiting', 1.5],
  ]);
});

test('a dropped table is shown and counts for nothing', () => {
  const gone = applied('public.gone', { state: 'dropped', asOf: '2020-01-01T00:00:00Z' });
  const report = composeStatus(input({ position: position(applied('public.orders'), applied('public.visits'), gone) }));
  expect(report.tables.map(({ table, state }) => `${table} ${state}`)).toContain('public.gone dropped');
  expect(report.withinSla).toBe(true);
});

test('freshness goes on growing while the source is away, on its own clock', () => {
  const report = composeStatus(
    input({
      source: null,
      lastTables: [{ table: 'public.orders', oid: 100, appendOnly: false, published: true, trouble: null }],
      nowMs: NOW + 60_000,
      clockOffsetMs: 5000,
    }),
  );
  expect(report).toMatchObject({ source: { lsn: null }, freshnessSeconds: 61.5 });
  expect(report.notes.join()).toMatch(/does not answer.*5\.0 s ahead/);
});

test('notes say which role is missing, and when commits of the source wait for our stream', () => {
  const source = input().source;
  if (source === null) throw new Error('the sample has a source');
  const idle = composeStatus(
    input({
      source: { ...source, slot: { walStatus: 'reserved', retainedBytes: 1, safeWalBytes: null, active: false, catalogXminAge: null } },
    }),
  );
  expect(idle.notes).toEqual(['no replicator is connected to the slot']);
  expect(composeStatus(input({ compactorSilentMs: 301_000 })).notes).toEqual(['no compactor has been heard of for 301 s']);
  const sender = { unsentBytes: 0, silentSeconds: 1, synchronous: true };
  expect(composeStatus(input({ source: { ...source, sender } })).notes.join()).toMatch(/^commits of the source wait for our stream/);
});

test('metrics carry the same figures and leave out what is not known', async () => {
  const text = await metricsText(monitorReport(composeStatus(input())));
  expect(text).toContain('tailrace_freshness_seconds 1.5');
  expect(text).toContain('tailrace_table_freshness_seconds{table="public.orders"} 1.5');
  expect(text).toContain('tailrace_tables{state="live"} 2');
  expect(text).toContain('tailrace_lake_durable_lsn_bytes 10240');
  expect(text).not.toContain('tailrace_slot_safe_wal_bytes');
});

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

test('a chosen table that cannot be published is unpublished with its reason, and not within', () => {
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

test('one that was live and left the publication is as of nobody knows when; one that the warehouse dropped is not dropped while it is chosen', () => {
  expect(troubled('unpublished', false).visits).toMatchObject({ state: 'unpublished', asOf: null, freshnessSeconds: null });
  const dropped = position(applied('public.orders'), applied('public.visits', { state: 'dropped' }));
  expect(troubled('unpublished', false, { position: dropped }).visits?.state).toBe('unpublished');
  expect(troubled('waiting', false, { position: dropped }).visits?.state).toBe('waiting');
});

test('one that is published and may not be copied is unpublished, one that is parked stays parked', () => {
  expect(troubled('unpublished', true, { position: position(applied('public.orders')) }).visits?.state).toBe('unpublished');
  const error = { code: 'WAREHOUSE_QUERY', message: 'it failed', at: '2026-01-01T00:00:00Z' };
  const parked = position(applied('public.orders'), applied('public.visits', { state: 'parked', error }));
  expect(troubled('unpublished', false, { position: parked }).visits).toMatchObject({ state: 'parked', error });
});

test('a partitioned table without some of its leaves is live, as fresh as it is, with its error, and not within', () => {
  const { report, visits } = troubled('incomplete', true);
  expect(visits).toMatchObject({ state: 'live', freshnessSeconds: 1.5, error: { message: 'CODE: why incomplete' } });
  expect(report.withinSla).toBe(false);
});

test('a table that waits for a lock waits with who holds it, and breaks no promise', () => {
  const { report, visits } = troubled('waiting', false, { position: position(applied('public.orders')) });
  expect(visits).toMatchObject({ state: 'waiting', error: { code: 'SOURCE_BUSY' }, cause: { stage: 'source', reason: 'why waiting' } });
  expect(report.withinSla).toBe(true);
});

test('a table whose copy waits for an older transaction says which', () => {
  const { source } = input();
  if (source === null) throw new Error('no source');
  const health = { ...source.health, longestTransaction: { seconds: 90, pid: 7, by: 'psql of user app' } };
  const [, visits] = composeStatus(input({ source: { ...source, health }, position: position(applied('public.orders')) })).tables;
  expect(visits?.cause?.reason).toContain('psql of user app (pid 7) is open for 90 s');
});

test('of a source that was never heard, unpublished tables are what the lake says they are', () => {
  const lastTables = [{ table: 'public.visits', oid: 101, appendOnly: false, published: false, trouble: trouble('unpublished') }];
  const report = composeStatus(input({ source: null, lastTables, position: position(applied('public.orders')) }));
  expect(report.tables.map(({ table, state }) => [table, state])).toEqual([
    ['public.orders', 'live'],
    ['public.visits', 'unpublished'],
  ]);
});
