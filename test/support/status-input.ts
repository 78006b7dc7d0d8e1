import { NO_STANDING } from '../../lake/retention/lake-standing.ts';
import { FreshnessContract } from '../../core/freshness-contract.ts';
import { FEATURES } from '../../lake/format/format.ts';
import type { Position, TablePosition } from '../../lake/readers.ts';
import type { StatusInput } from '../../monitor/status.ts';

export const NOW = Date.parse('2026-01-01T00:10:00.000Z');

/** A live table of the warehouse. */
export const applied = (name: string, more: Partial<TablePosition> = {}): TablePosition => ({
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

/** What the warehouse says of itself. */
export const position = (...tables: TablePosition[]): Position => ({
  warehouseId: 'w',
  manifest: 7,
  appliedLsn: '0/2000',
  asOf: '2026-01-01T00:09:58.500000Z',
  at: '2026-01-01T00:09:59Z',
  tables,
  batches: [],
  windows: [],
});

/** What a report of a pipeline that is well is made of. */
export const input = (more: Partial<StatusInput> = {}): StatusInput => ({
  source: {
    lsn: '0/3000',
    sender: { unsentBytes: 0, silentSeconds: 1 },
    outlook: { growthPerHour: null, secondsUntilLost: null },
    slot: { walStatus: 'reserved', retainedBytes: 4096, safeWalBytes: null, active: true, catalogXminAge: 3 },
    health: { walKeepBytes: null, diskFreeBytes: null, longestTransaction: null, spilledBytes: 0 },
    publications: 2,
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
  format: { number: 1, features: new Set(FEATURES) },
  standing: NO_STANDING,
  retention: '7d',
  lakeRefuses: null,
  position: position(applied('public.orders'), applied('public.visits', { appendOnly: true })),
  paused: [],
  bases: [],
  proven: { lakeMs: null, warehouseMs: null },
  models: null,
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
export const copying = (table: string): StatusInput['copying'] =>
  new Map([
    [
      table,
      { plan: { table, epoch: 1, ranges: [{ leafOid: 1, from: 0, to: null }], createdAt: '2026-01-01T00:00:00Z' }, chunks: 0, done: false },
    ],
  ]);

/** Its source, in part otherwise. */
export const sourceOf = (more: Partial<NonNullable<StatusInput['source']>>): StatusInput['source'] => {
  const { source } = input();
  return source === null ? null : { ...source, ...more };
};
