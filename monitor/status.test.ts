import { expect, test } from 'vitest';
import { FreshnessContract } from '../core/freshness-contract.ts';
import { applied, copying, input, NOW, position, sourceOf } from '../test/support/status-input.ts';
import { monitorReport } from '../test/support/status-report.ts';
import { metricsText } from './metrics-text.ts';
import { composeStatus, isLive } from './status.ts';
import type { StatusInput } from './status.ts';

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
      walBudget: { budgetBytes: null, share: null, level: 'unknown' },
      diskFreeBytes: null,
      secondsUntilDiskFull: null,
      longestTransaction: null,
    },
    lake: {
      durableLsn: '0/2800',
      batches: 8,
      lastCommitTime: '2026-01-01T00:09:59.900000Z',
      format: 1,
      features: ['bases', 'facts-per-table', 'pages'],
      retention: '7d',
      objects: null,
      bytes: null,
      sizedAt: null,
      growthPerDay: null,
      floor: null,
      heldBy: [],
    },
    warehouse: { appliedLsn: '0/2000', asOf: '2026-01-01T00:09:58.500000Z', space: null, lagging: [], trouble: null },
    freshnessSeconds: 1.5,
    slaSeconds: 1800,
    withinSla: true,
    paused: [],
    bases: [],
    stopped: [],
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
    models: [],
    failingTests: [],
    failedExports: [],
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

test('a late table, or a parked one, misses the target', () => {
  expect(composeStatus(input({ contract: new FreshnessContract([], 1000) })).withinSla).toBe(false);
  const error = { code: 'WAREHOUSE_QUERY', message: 'WAREHOUSE_QUERY: no.', at: '2026-01-01T00:00:00Z' };
  const parked = composeStatus(
    input({ position: position(applied('public.orders'), applied('public.visits', { state: 'parked', error })) }),
  );
  expect(parked).toMatchObject({ withinSla: false, tables: [{ state: 'live' }, { state: 'parked', error }] });
});

test('a table that was never live does not make the others miss their target', () => {
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

test('a dropped table is shown and does not count', () => {
  const gone = applied('public.gone', { state: 'dropped', asOf: '2020-01-01T00:00:00Z' });
  const report = composeStatus(input({ position: position(applied('public.orders'), applied('public.visits'), gone) }));
  expect(report.tables.map(({ table, state }) => `${table} ${state}`)).toContain('public.gone dropped');
  expect(report.withinSla).toBe(true);
});

test('freshness keeps growing while the source is away, on its own clock', () => {
  const report = composeStatus(
    input({
      source: null,
      lastTables: [{ table: 'public.orders', oid: 100, appendOnly: false, published: true, trouble: null }],
      nowMs: NOW + 60_000,
      clockOffsetMs: 5000,
    }),
  );
  expect(report).toMatchObject({ source: { lsn: null }, freshnessSeconds: 61.5 });
  expect(report.notes.join()).toMatch(/does not answer.*5\.0 s ahead of the clock of this machine/);
});

test('notes say which role is missing, and when commits at the source wait for our stream', () => {
  const source = input().source;
  if (source === null) throw new Error('the sample has a source');
  const idle = composeStatus(
    input({
      source: { ...source, slot: { walStatus: 'reserved', retainedBytes: 1, safeWalBytes: null, active: false, catalogXminAge: null } },
    }),
  );
  expect(idle.notes).toEqual(['no replicator is connected to the slot']);
  expect(composeStatus(input({ compactorSilentMs: 301_000 })).notes).toEqual(['no compactor has reported for 301 s']);
  const sender = { unsentBytes: 0, silentSeconds: 1, synchronous: true };
  expect(composeStatus(input({ source: { ...source, sender } })).notes.join()).toMatch(
    /^commits at the source wait for the stream of tailrace/,
  );
});

test('metrics have the same figures and leave out unknown ones', async () => {
  const text = await metricsText(monitorReport(composeStatus(input())));
  expect(text).toContain('tailrace_freshness_seconds 1.5');
  expect(text).toContain('tailrace_table_freshness_seconds{table="public.orders"} 1.5');
  expect(text).toContain('tailrace_tables{state="live"} 2');
  expect(text).toContain('tailrace_lake_durable_lsn_bytes 10240');
  expect(text).not.toContain('tailrace_slot_safe_wal_bytes');
});

test.each<[string, Partial<NonNullable<StatusInput['source']>>, string]>([
  ['slot is gone', { slot: null }, 'the source no longer has slot tailrace_0a1b2c3d'],
  [
    'slot is lost',
    { slot: { walStatus: 'lost', retainedBytes: null, safeWalBytes: null, active: false, catalogXminAge: null } },
    'the source invalidated slot tailrace_0a1b2c3d',
  ],
  ['publications are gone', { publications: 1 }, 'a publication of tailrace was dropped'],
])('a source whose %s misses its target, even with fresh tables, and says what to do', (_what, more, said) => {
  const report = composeStatus(input({ source: sourceOf(more) }));
  expect(report.freshnessSeconds).toBeLessThan(report.slaSeconds);
  expect(report.withinSla).toBe(false);
  expect(report.stopped).toEqual([`${said}; changes since then are missing. Run \`tailrace resync --all\``]);
});

test('facts of a source that does not answer are null, and nothing is reported as missing', async () => {
  const report = composeStatus(input({ source: null, silence: 'SOURCE_UNREACHABLE: it is down.' }));
  expect(report.source).toEqual({
    lsn: null,
    slot: {
      name: 'tailrace_0a1b2c3d',
      walStatus: null,
      retainedBytes: null,
      safeWalBytes: null,
      active: null,
      growthPerHour: null,
      secondsUntilLost: null,
      catalogXminAge: null,
      spilledBytes: null,
    },
    walBudget: { budgetBytes: null, share: null, level: 'unknown' },
    diskFreeBytes: null,
    secondsUntilDiskFull: null,
    longestTransaction: null,
  });
  expect(report.stopped).toEqual([]);
  expect(report.lake).toMatchObject({ durableLsn: '0/2800', batches: 8 });
  expect(report.tables.map(({ table, state }) => [table, state])).toEqual([
    ['public.orders', 'live'],
    ['public.visits', 'live'],
  ]);
  expect(report.notes).toContainEqual(expect.stringContaining('(SOURCE_UNREACHABLE: it is down.)'));
});

test('what the stream proves is newer than what lake and warehouse say of themselves', () => {
  const proven = { lakeMs: NOW - 500, warehouseMs: NOW - 500 };
  const old = { asOf: '2026-01-01T00:09:00.000000Z' };
  const tables = [applied('public.orders', old), applied('public.visits', { ...old, state: 'catching-up' })];
  const report = composeStatus(input({ proven, position: { ...position(...tables), ...old } }));
  expect(report.freshnessSeconds).toBe(0.5);
  expect(report.tables.map(({ freshnessSeconds }) => freshnessSeconds)).toEqual([0.5, 60]);
  const parked = composeStatus(input({ proven, position: position(applied('public.orders', { ...old, state: 'parked' })) }));
  expect(parked.tables[0]?.freshnessSeconds).toBe(60);
});

test('a lake that the stream proves complete is not called slow between two heartbeats', () => {
  const late = { heartbeatMs: 1_000, nowMs: NOW + 60_000 };
  expect(composeStatus(input(late)).cause).toMatchObject({ stage: 'lake' });
  expect(composeStatus(input({ ...late, proven: { lakeMs: NOW + 59_000, warehouseMs: null } })).cause).not.toMatchObject({ stage: 'lake' });
});

test('a paused role is listed and noted', () => {
  const paused = [
    { role: 'compact', until: null },
    { role: 'replicate', until: '2026-01-01T01:00:00.000Z' },
  ] as const;
  const report = composeStatus(input({ paused }));
  expect(report.paused).toEqual(paused);
  expect(report.notes).toEqual(['compact is paused', 'replicate is paused until 2026-01-01T01:00:00.000Z']);
});
