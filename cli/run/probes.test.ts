import { expect, test } from 'vitest';
import { Vitals } from './probes.ts';

const turn = { working: 0, restMs: 0 } as const;

test('a loop is healthy for a minute after each turn and each rest, and while a statement runs', () => {
  const vitals = new Vitals(0);
  expect([60_000, 60_001].map((now) => vitals.status('/healthz', now))).toEqual([200, 503]);
  vitals.turn(turn, 70_000);
  expect([130_000, 130_001].map((now) => vitals.status('/healthz', now))).toEqual([200, 503]);
  vitals.turn({ ...turn, restMs: 120_000 }, 130_001);
  expect([310_001, 310_002].map((now) => vitals.status('/healthz', now))).toEqual([200, 503]);
  vitals.turn({ ...turn, working: 1 }, 400_000);
  expect(vitals.status('/healthz', 4_000_000)).toBe(200);
  vitals.turn({ ...turn, working: -1 }, 4_000_000);
  expect([4_060_000, 4_060_001].map((now) => vitals.status('/healthz', now))).toEqual([200, 503]);
});

test('a role is ready when it has begun, and not while it stands by', () => {
  const vitals = new Vitals(0);
  const trouble = { loop: 'replicator', delayMs: 0 };
  expect(vitals.status('/readyz', 0)).toBe(503);
  vitals.begun();
  vitals.trouble({ ...trouble, error: 'SOURCE_UNREACHABLE: no answer' });
  expect(vitals.status('/readyz', 0)).toBe(200);
  vitals.trouble({ ...trouble, error: 'SLOT_IN_USE: another process reads from it' });
  expect(vitals.status('/readyz', 0)).toBe(503);
  expect(vitals.status('/status', 0)).toBe(404);
});
