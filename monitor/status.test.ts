import { expect, test } from 'vitest';
import type { Position, TablePosition } from '../lake/readers.ts';
import { FreshnessContract } from '../core/freshness-contract.ts';
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
      { table: 'public.orders', oid: 100, appendOnly: false },
      { table: 'public.visits', oid: 101, appendOnly: true },
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
    warehouse: { appliedLsn: '0/2000', asOf: '2026-01-01T00:09:58.500000Z' },
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
      lastTables: [{ table: 'public.orders', oid: 100, appendOnly: false }],
      nowMs: NOW + 60_000,
      clockOffsetMs: 5000,
    }),
  );
  expect(report).toMatchObject({ source: { lsn: null }, freshnessSeconds: 61.5 });
  expect(report.notes.join()).toMatch(/does not answer.*5\.0 s ahead/);
});

test('notes say which role is missing', () => {
  const source = input().source;
  if (source === null) throw new Error('the sample has a source');
  const idle = composeStatus(
    input({
      source: { ...source, slot: { walStatus: 'reserved', retainedBytes: 1, safeWalBytes: null, active: false, catalogXminAge: null } },
    }),
  );
  expect(idle.notes).toEqual(['no replicator is connected to the slot']);
  expect(composeStatus(input({ compactorSilentMs: 301_000 })).notes).toEqual(['no compactor has been heard of for 301 s']);
});

test('metrics carry the same figures and leave out what is not known', async () => {
  const text = await metricsText({ ...composeStatus(input()), alerts: { active: [], recent: [], deliveries: [] } });
  expect(text).toContain('tailrace_freshness_seconds 1.5');
  expect(text).toContain('tailrace_table_freshness_seconds{table="public.orders"} 1.5');
  expect(text).toContain('tailrace_tables{state="live"} 2');
  expect(text).toContain('tailrace_lake_durable_lsn_bytes 10240');
  expect(text).not.toContain('tailrace_slot_safe_wal_bytes');
});
