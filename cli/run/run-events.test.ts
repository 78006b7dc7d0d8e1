import { expect, test } from 'vitest';
import { statusReport } from '../../test/support/status-report.ts';
import type { TableStatus } from '../../monitor/status.ts';
import type { RoleEvent } from './role-event.ts';
import { RunEvents } from './run-events.ts';

const table = (name: string, state: TableStatus['state']): TableStatus => ({
  table: name,
  state,
  asOf: null,
  freshnessSeconds: null,
  slaSeconds: 1800,
  appendOnly: false,
  cause: null,
  error: null,
});

const status = (...tables: TableStatus[]): RoleEvent => {
  const report = statusReport({ tables });
  return { event: 'status', report };
};

/** A report without the source, which alone knows all tables. */
const unanswered = (...tables: TableStatus[]): RoleEvent => {
  const event = status(...tables);
  if (event.event !== 'status') return event;
  return { ...event, report: { ...event.report, source: { ...event.report.source, lsn: null } } };
};

const compactReady: RoleEvent = { event: 'ready', role: 'compact', sql: 'http://127.0.0.1:8123' };
const monitorReady: RoleEvent = {
  event: 'ready',
  role: 'monitor',
  page: 'http://127.0.0.1:8124/',
  metrics: 'http://127.0.0.1:8124/metrics',
};
const replicateReady: RoleEvent = { event: 'ready', role: 'replicate' };

test('run is ready once the endpoint answers, the page is served and streaming has begun', () => {
  const events = new RunEvents(42);
  expect(events.take(monitorReady)).toEqual([]);
  expect(events.take(compactReady)).toEqual([]);
  expect(events.take(replicateReady)).toEqual([
    { event: 'ready', sql: 'http://127.0.0.1:8123', metrics: 'http://127.0.0.1:8124/metrics', page: 'http://127.0.0.1:8124/', pid: 42 },
  ]);
  expect(events.take(replicateReady)).toEqual([]);
});

test('each change of a table is reported once, and live whenever the last table has become live', () => {
  const events = new RunEvents(42);
  for (const ready of [monitorReady, compactReady, replicateReady]) events.take(ready);
  expect(events.take(unanswered(table('a.z', 'live')))).toEqual([{ event: 'table', table: 'a.z', state: 'live' }]);
  expect(events.take(status(table('a.b', 'waiting')))).toEqual([{ event: 'table', table: 'a.b', state: 'waiting' }]);
  expect(events.take(status(table('a.b', 'waiting')))).toEqual([]);
  expect(events.take(status(table('a.b', 'live')))).toEqual([{ event: 'table', table: 'a.b', state: 'live' }, { event: 'live' }]);
  expect(events.take(status(table('a.b', 'live')))).toEqual([]);
  expect(events.take(status(table('a.b', 'live'), table('a.c', 'copying')))).toEqual([{ event: 'table', table: 'a.c', state: 'copying' }]);
  expect(events.take(status(table('a.b', 'live'), table('a.c', 'parked')))).toEqual([
    { event: 'table', table: 'a.c', state: 'parked' },
    { event: 'live' },
  ]);
});
