import { expect, test } from 'vitest';
import { Silence } from './silence.ts';

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();

test('the time of the first message is believed; each later one counts as old as it can be', () => {
  const heard = new Silence();
  expect(heard.silentMs(at(90), { wallMs: 100_000, elapsedMs: 0 })).toBe(10_000);
  expect(heard.silentMs(at(90), { wallMs: 105_000, elapsedMs: 5_000 })).toBe(15_000);
  expect(heard.silentMs(at(104), { wallMs: 110_000, elapsedMs: 10_000 })).toBe(5_000);
  expect(heard.silentMs(at(104), { wallMs: 111_000, elapsedMs: 11_000 })).toBe(6_000);
});

test.for([-3_600_000, 90_000_000])('a clock that steps by %i ms makes no running process silent and no dead one alive', (stepMs) => {
  const heard = new Silence();
  heard.silentMs(at(99), { wallMs: 100_000, elapsedMs: 0 });
  expect(heard.silentMs(at(99), { wallMs: 160_000 + stepMs, elapsedMs: 60_000 })).toBe(61_000);
  expect(heard.silentMs(at(104), { wallMs: 161_000 + stepMs, elapsedMs: 61_000 })).toBeLessThanOrEqual(1_000);
});
