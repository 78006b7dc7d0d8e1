import { expect, test } from 'vitest';
import { cronFault, hasCome, nextTime } from './cron-time.ts';

const at = (text: string): number => Date.parse(text);

test.each([
  ['0 6 * * *', 'UTC', null],
  ['*/5 * * * * *', 'UTC', null],
  ['@daily', 'Europe/Berlin', null],
  ['0 6 * * MON-FRI', 'Asia/Tokyo', null],
  ['0 6 * *', 'UTC', '"0 6 * *" is not a cron pattern'],
  ['60 6 * * *', 'UTC', '"60 6 * * *" is not a cron pattern'],
  ['0 0 1 1 * * 2020', 'UTC', '"0 0 1 1 * * 2020" is not a cron pattern'],
  ['2026-01-01T00:00:00', 'UTC', '"2026-01-01T00:00:00" is not a cron pattern'],
  ['@sometimes', 'UTC', '"@sometimes" is not a cron pattern'],
  ['0 0 31 2 *', 'UTC', 'the cron pattern "0 0 31 2 *" never comes'],
  ['0 6 * * *', 'Mars/Olympus', 'unknown timezone "Mars/Olympus"'],
])('%s in %s', (pattern, timezone, expected) => {
  expect(cronFault({ pattern, timezone })).toBe(expected);
});

test('the next time is by the clock of its timezone, also where summer begins', () => {
  const morning = { pattern: '0 6 * * *', timezone: 'Europe/Berlin' };
  expect(nextTime(morning, at('2026-03-28T05:00:00Z'))).toBe(at('2026-03-29T04:00:00Z'));
  expect(nextTime(morning, at('2026-03-27T05:00:00Z'))).toBe(at('2026-03-28T05:00:00Z'));
});

test('a time has come once for each run, also when several were missed or the clock was set back', () => {
  const hourly = { pattern: '0 * * * *', timezone: 'UTC' };
  const noon = at('2026-03-28T12:00:00Z');
  expect(hasCome(hourly, null, noon)).toBe(true);
  expect(hasCome(hourly, noon - 1, noon)).toBe(true);
  expect(hasCome(hourly, noon, noon)).toBe(false);
  expect(hasCome(hourly, noon, noon + 3_599_999)).toBe(false);
  expect(hasCome(hourly, noon - 86_400_000, noon + 1)).toBe(true);
  expect(hasCome(hourly, noon + 86_400_000, noon + 1)).toBe(true);
  expect(hasCome(hourly, noon + 86_400_000, noon + 60_001)).toBe(false);
});
