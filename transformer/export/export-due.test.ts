import { expect, test } from 'vitest';
import { isExportDue } from './export-due.ts';

const CRON = { pattern: '0 3 1 */3 *', timezone: 'UTC' };
const at = (time: string): number => Date.parse(`${time}:00Z`);
const due = (last: string | null, now: string, failures = 0): boolean =>
  isExportDue(CRON, last === null ? null : { startedMs: at(last), failures }, { sinceMs: at('2026-01-15T00:00'), nowMs: at(now) });

test('an export without a record waits for its next time', () => {
  expect([due(null, '2026-01-15T00:01'), due(null, '2026-04-01T02:59'), due(null, '2026-04-01T03:00')]).toEqual([false, false, true]);
});

test('times that passed while nothing ran are one export at the start', () => {
  expect(due('2025-04-01T03:00', '2026-01-15T00:00')).toBe(true);
  expect(due('2026-01-15T00:00', '2026-01-15T00:01')).toBe(false);
});

test('a failed export is repeated after a wait that grows to an hour', () => {
  const begun = '2026-04-01T03:00';
  expect([due(begun, '2026-04-01T03:00', 1), due(begun, '2026-04-01T03:01', 1)]).toEqual([false, true]);
  expect([due(begun, '2026-04-01T03:03', 3), due(begun, '2026-04-01T03:04', 3)]).toEqual([false, true]);
  expect([due(begun, '2026-04-01T03:59', 20), due(begun, '2026-04-01T04:00', 20)]).toEqual([false, true]);
});
