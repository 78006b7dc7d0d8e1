import { expect, test } from 'vitest';
import { cronFault, nextTime } from './cron-time.ts';

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
