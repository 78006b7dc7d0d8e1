import { expect, test } from 'vitest';
import { statusReport } from '../../test/support/status-report.ts';
import { Conditions } from './conditions.ts';
import type { StatusReport, TableStatus } from '../status.ts';

const LIMITS = { longTransactionMs: 600_000, walBudgetAction: 'alert' } as const;
const MIB = 1024 * 1024;

function table(other: Partial<TableStatus> = {}): TableStatus {
  const well = {
    state: 'live',
    asOf: '2026-01-01T00:00:00Z',
    freshnessSeconds: 1,
    slaSeconds: 60,
    appendOnly: false,
    cause: null,
    error: null,
  } as const;
  return { table: 'public.items', ...well, ...other };
}

function slot(other: Partial<StatusReport['source']['slot']>, source: Partial<StatusReport['source']> = {}): Partial<StatusReport> {
  const well = statusReport().source;
  return { source: { ...well, ...source, slot: { ...well.slot, ...other } } };
}

function base(proof: StatusReport['bases'][number]['proof']): StatusReport['bases'][number] {
  return { table: 'public.items', lsn: '0/1', rows: 1, bytes: 1, at: '', proof };
}

function heldBy(reason: string, name = 'public.other'): StatusReport['lake'] {
  return { ...statusReport().lake, heldBy: [{ table: name, reason }] };
}

/** What one look finds, as `kind: summary`. */
function found(report: Partial<StatusReport>, limits: ConstructorParameters<typeof Conditions>[0] = LIMITS): string[] {
  return new Conditions(limits).look(statusReport(report), 0).map(({ kind, summary }) => `${kind}: ${summary}`);
}

test('a healthy pipeline has no condition', () => {
  expect(found({ tables: [table()] })).toEqual([]);
  expect(found({ lake: heldBy('pin audit') })).toEqual([]);
  // A table that never changes gets no base.
  expect(found({ lake: heldBy('no proven base') })).toEqual([]);
});

test.each<[string, Partial<StatusReport>, string]>([
  [
    'a stage that holds changes up',
    { cause: { stage: 'compactor', reason: '12 batches are waiting, and no compactor has reported for 70 s' }, freshnessSeconds: 85 },
    'compactor-held-up: Changes are held up by the compactor: 12 batches are waiting, and no compactor has reported for 70 s. Tables are 1 m 25 s behind; the target is 30 m 0 s.',
  ],
  [
    'replicas that lag',
    {
      warehouse: {
        ...statusReport().warehouse,
        lagging: [
          { shard: 1, replica: 2, host: 'b', seconds: 95 },
          { shard: 3, replica: 1, host: 'e', seconds: null },
        ],
      },
    },
    'replica-lagging: Not every replica of the warehouse has all rows: replica 2 of shard 1 (b) is 1 m 35 s behind; replica 1 of shard 3 (e) does not answer or takes no rows.',
  ],
  [
    'a base that was judged unequal, and a table that a reader holds',
    { bases: [base('unequal')], lake: heldBy('reader w') },
    'retention-held-up: Old batches of public.items stay in the lake: its newest base was judged unequal. So do those of other tables: 1.',
  ],
  [
    'a base that is not proven',
    { bases: [base(null)], lake: heldBy('no proven base', 'public.items') },
    'retention-held-up: Old batches of public.items stay in the lake: no proven base.',
  ],
  [
    'a parked table',
    { tables: [table({ state: 'parked', error: { code: 'LAKE_CORRUPT', message: 'LAKE_CORRUPT: x is missing.', at: '' } })] },
    'table-parked: public.items is parked and no longer follows the source; other tables continue. LAKE_CORRUPT: x is missing.',
  ],
  [
    'tables that are not replicated, or only in part',
    {
      tables: [
        table({ state: 'unpublished', error: { code: 'TABLE_UNPUBLISHED', message: 'TABLE_UNPUBLISHED: no. GRANT app TO us;', at: '' } }),
        table({ table: 'public.parts', error: { code: 'TABLE_UNPUBLISHED', message: 'TABLE_UNPUBLISHED: a leaf.', at: '' } }),
      ],
    },
    'table-unpublished: TABLE_UNPUBLISHED: no. GRANT app TO us; 2 tables are not replicated, or only in part: public.items, public.parts.',
  ],
  [
    'a slot that is lost',
    slot({ walStatus: 'lost' }),
    'slot-lost: The source invalidated slot s: it would have had to keep more WAL than max_slot_wal_keep_size allows. Changes since then are missing; tables stay readable as they are. Run `tailrace resync --all`.',
  ],
  [
    'a slot that ends soon',
    slot({ secondsUntilLost: 600, growthPerHour: 360 * MIB }),
    'slot-ending: Slot s will be lost in 10 m 0 s if the WAL kept for tailrace keeps growing by 360.0 MiB an hour.',
  ],
  [
    'a disk that is full sooner',
    slot({ secondsUntilLost: 600, growthPerHour: 360 * MIB }, { secondsUntilDiskFull: 60 }),
    'slot-ending: The disk of the source will be full in 1 m 0 s if the WAL kept for tailrace keeps growing by 360.0 MiB an hour.',
  ],
  [
    'a budget that is used up',
    slot({ retainedBytes: 120 * MIB }, { walBudget: { budgetBytes: 100 * MIB, share: 1.2, level: 'spent' } }),
    'wal-budget: The source keeps 120.0 MiB of WAL for tailrace, 120% of the budget of 100.0 MiB. Nothing is dropped: source.walBudgetAction is alert.',
  ],
  [
    'a long transaction',
    slot({}, { longestTransaction: { seconds: 700, pid: 7, by: 'psql of user me' } }),
    'long-transaction: A transaction of psql of user me (pid 7) has been open at the source for 11 m 40 s. Its changes arrive when it commits, and Postgres keeps WAL from its beginning.',
  ],
])('%s is reported', (_what, report, summary) => {
  expect(found(report)).toEqual([summary]);
});

test('a slot that the monitor dropped is not reported as lost by the source', () => {
  const conditions = new Conditions({ ...LIMITS, walBudgetAction: 'release' });
  conditions.released('s');
  expect(conditions.look(statusReport(slot({ walStatus: null })), 0)[0]?.summary).toMatch(/^tailrace dropped slot s to protect the source/);
});

test('a source that does not answer raises no alert about its slot', () => {
  expect(found(slot({ walStatus: null }, { lsn: null }))).toEqual([]);
});

test('tables that are late together are one alert, with the worst first and its cause', () => {
  const conditions = new Conditions(LIMITS);
  const cause = { stage: 'lake', reason: 'nothing has been stored for 50 s' } as const;
  const tables = Array.from({ length: 8 }, (_, n) =>
    table({ table: `public.t${n}`, freshnessSeconds: 50, slaSeconds: n === 3 ? 55 : 60, cause }),
  );
  conditions.look(statusReport({ tables }), 0);
  const [condition, ...others] = conditions.look(statusReport({ tables }), 60_000);
  expect(others).toEqual([]);
  expect(condition).toMatchObject({ kind: 'freshness', severity: 'alert', stage: 'lake', table: null });
  expect(condition?.summary).toBe(
    'public.t3 is 50 s behind; its target is 55 s. It is held up by the lake: nothing has been stored for 50 s. 8 tables are late: public.t0, public.t1, public.t2, public.t3, public.t4 and 3 more.',
  );
});
