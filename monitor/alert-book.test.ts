import { expect, test } from 'vitest';
import { AlertBook } from './alert-book.ts';
import type { Condition, Notice } from './alert.ts';

const problem: Condition = {
  key: 'wal-budget',
  kind: 'wal-budget',
  severity: 'warn',
  holdMs: 30_000,
  table: null,
  stage: null,
  summary: 'Too much.',
  figures: {},
};

function shown(notices: readonly Notice[]): string[] {
  return notices.map(({ status, alert }) => `${status} ${alert.severity}`);
}

/** One look a second; `seen` is what holds in each. */
function play(book: AlertBook, seen: readonly (Condition | null)[], fromMs = 0): string[] {
  return seen.flatMap((condition, at) => {
    const elapsedMs = fromMs + at * 1000;
    return shown(book.look(condition === null ? [] : [condition], { wallMs: wallOf(elapsedMs), elapsedMs })).map(
      (what) => `${at}: ${what}`,
    );
  });
}

/** A wall clock that keeps stepping: back an hour, then forward a day. */
const wallOf = (elapsedMs: number): number => elapsedMs + ([0, -3_600_000, 90_000_000][Math.floor(elapsedMs / 7_000) % 3] ?? 0);

const lasting = (seconds: number, condition: Condition | null = problem): (Condition | null)[] =>
  Array.from({ length: seconds }, () => condition);

test('a problem is reported once when it has lasted, and once when it is over', () => {
  expect(play(new AlertBook(), [...lasting(100), ...lasting(60, null)])).toEqual(['30: raised warn', '109: resolved warn']);
});

test('a problem that comes and goes does not flap', () => {
  const flapping = Array.from({ length: 100 }, (_, at) => (at % 3 === 0 ? null : problem));
  expect(play(new AlertBook(), [...lasting(40), ...flapping]).length).toBe(1);
});

test('a problem that ends before its hold time is never raised', () => {
  expect(play(new AlertBook(), [...lasting(20), ...lasting(60, null), ...lasting(20), null])).toEqual([]);
});

test('a problem that gets worse is raised again', () => {
  expect(play(new AlertBook(), [...lasting(40), ...lasting(40, { ...problem, severity: 'alert' })])).toEqual([
    '30: raised warn',
    '40: raised alert',
  ]);
});

test('an alert raised before a restart is not raised again, and its end is reported', () => {
  const before = new AlertBook();
  play(before, lasting(40));
  expect(play(new AlertBook(before.active), lasting(40), 60_000)).toEqual([]);
  expect(play(new AlertBook(before.active), lasting(40, null), 60_000)).toEqual(['10: resolved warn']);
});
