import { expect, test } from 'vitest';
import { canBeTested, inputsOf, isTestDue } from './test-due.ts';

const never = { startedMs: null, sinceMs: null, inputs: null };
const DAILY = { every: null, cron: { pattern: '0 6 * * *', timezone: 'UTC' } };
const at = (time: string): number => Date.parse(`2026-05-05T${time}Z`);

test('a test with @every is due when an input changed, and not too often', () => {
  const timing = { every: 1_000, cron: null };
  expect(isTestDue(timing, never, 'a', 0)).toBe(true);
  expect(isTestDue(timing, { startedMs: 0, sinceMs: 5_000, inputs: 'a' }, 'a', 0)).toBe(false);
  expect(isTestDue(timing, { startedMs: 0, sinceMs: 5_000, inputs: 'a' }, 'b', 0)).toBe(true);
  expect(isTestDue(timing, { startedMs: 0, sinceMs: 500, inputs: 'a' }, 'b', 0)).toBe(false);
  // A restart does not know what the last one read.
  expect(isTestDue(timing, { startedMs: 0, sinceMs: null, inputs: null }, 'a', 0)).toBe(true);
});

test('a test with @cron is due at its times, whether an input changed or not', () => {
  const last = { startedMs: at('05:00:00'), sinceMs: null, inputs: 'a' };
  expect(isTestDue(DAILY, last, 'b', at('05:59:59'))).toBe(false);
  expect(isTestDue(DAILY, last, 'a', at('06:00:01'))).toBe(true);
});

test('inputs change with tables of the source, behind views too, and with models that are published again', () => {
  const shown = { built: 3, storage: 'r3_0' } as never;
  const view = { built: 1, storage: null } as never;
  const records = new Map([
    ['marts.a', { shown, sources: ['public.x'] }],
    ['stg.v', { shown: view, sources: ['public.x'] }],
  ]);
  const text = (inputs: string[], x: number, y: number): string =>
    inputsOf({ select: 's', reconcile: null, inputs }, records, [
      { table: 'public.x', changed: x },
      { table: 'public.y', changed: y },
    ]);
  expect(text(['public.y'], 1, 1)).toBe(text(['public.y'], 2, 1));
  expect(text(['public.y'], 1, 1)).not.toBe(text(['public.y'], 1, 2));
  expect(text(['marts.a'], 1, 1)).toBe(text(['marts.a'], 2, 1));
  expect(text(['stg.v'], 1, 1)).not.toBe(text(['stg.v'], 2, 1));
  expect(inputsOf({ select: null, reconcile: ['*.*'] }, records, [{ table: 'public.y', changed: 4 }])).toBe('4');
});

test('a test waits for copies of the tables and for the first rows of the models that it reads', () => {
  const models = new Set(['marts.a', 'marts.new']);
  const shown = { built: 3, storage: 'r3_0' } as never;
  const records = new Map([
    ['marts.a', { shown, sources: ['public.x'] }],
    ['marts.new', { shown: null, sources: ['public.y'] }],
  ]);
  const can = (inputs: string[], x: 'live' | 'copying' | 'parked', reconcile: string[] | null = null): boolean =>
    canBeTested({ inputs, reconcile }, records, {
      models,
      tables: [
        { table: 'public.x', state: x },
        { table: 'public.y', state: 'live' },
      ],
    });
  expect(can(['public.x'], 'live')).toBe(true);
  expect(can(['public.x'], 'copying')).toBe(false);
  expect(can(['public.x'], 'parked')).toBe(true);
  expect(can(['public.y'], 'copying')).toBe(true);
  expect(can(['marts.a'], 'live')).toBe(true);
  expect(can(['marts.a'], 'copying')).toBe(false);
  expect(can(['marts.new'], 'live')).toBe(false);
  expect(can([], 'copying', ['*.*'])).toBe(false);
  expect(can([], 'live', ['*.*'])).toBe(true);
  expect(canBeTested({ inputs: ['public.x'], reconcile: null }, records, { models, tables: [] })).toBe(false);
});
