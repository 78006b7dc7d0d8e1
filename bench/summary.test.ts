import { expect, test } from 'vitest';
import type { Contender, Figure, Run } from './result.ts';
import { cpuFigure, labelled, median, met, quantile, ratioFigures, rates, ratios, spread, startFigures } from './summary.ts';

function run(wall: number, cpu: Readonly<Record<string, number>> = {}): Run {
  const none = { peakMiB: 0, readBytes: 0, writtenBytes: 0, diskReadBytes: 0, diskWrittenBytes: 0 };
  return { wall, processes: Object.entries(cpu).map(([process, seconds]) => ({ process, cpu: seconds, ...none })) };
}

function figure(value: number, bound: Figure['bound']): Figure {
  return { name: '', value, unit: '', bound };
}

test('quantiles lie on straight lines between the values', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5);
  expect(quantile([], 0.5)).toBeNaN();
  expect(median([1, Number.NaN, 3])).toBeNaN();
  expect(spread([2, 8, 4])).toEqual({ median: 4, min: 2, max: 8 });
});

test('ratios compare runs of one round only, and only with limits', () => {
  const ours: Contender = { name: 'ours', runs: [run(1), run(4)], amount: 100 };
  const limit: Contender = { name: 'limit', runs: [run(2), run(2)], amount: 100, limitOf: 'ours' };
  const other: Contender = { name: 'other', runs: [run(1)], amount: 100 };
  expect(rates(ours)).toEqual([100, 25]);
  expect(ratios(ours, limit)).toEqual([2, 0.5]);
  const bound = { sense: '≥', must: 1.5, aim: 2 } as const;
  expect(ratioFigures([ours, other, limit], { limit: bound })).toEqual([{ name: 'ours ÷ limit', value: 1.25, unit: '×', bound }]);
});

test('what a start takes is taken off each side, and printed', () => {
  const starts = [run(1, { replicate: 1 }), run(1, { replicate: 1 }), run(9, { replicate: 9 })];
  const ours: Contender = { name: 'ours', runs: [run(3, { replicate: 4 }), run(5, { replicate: 4 })], startUp: starts, amount: 100 };
  const limit: Contender = { name: 'limit', runs: [run(1.5), run(2)], startUp: [run(0.5)], amount: 100, limitOf: 'ours' };
  expect(rates(ours)).toEqual([50, 25]);
  expect(rates({ ...ours, runs: [run(1)] })).toEqual([Number.NaN]);
  expect(ratios(ours, limit)).toEqual([0.5, 0.375]);
  expect(cpuFigure(ours, 'rows', null).value).toBeCloseTo(30_000);
  expect(startFigures([ours, limit]).map(({ name, value }) => [name, value])).toEqual([
    ['start of ours, one row waiting, taken off', 1],
    ['start of limit, one row waiting, taken off', 0.5],
  ]);
});

test('a limit that was not here is named if it is bounded', () => {
  const ours: Contender = { name: 'ours', runs: [run(1)], amount: 100 };
  const gone: Contender = { name: 'gone', runs: [], amount: 100, limitOf: 'ours' };
  const bound = { sense: '≥', must: 1, aim: null } as const;
  expect(ratioFigures([ours, gone], { gone: bound })[0]?.value).toBeNaN();
  expect(ratioFigures([ours, gone], {})).toEqual([]);
});

test('a label keeps each limit with its contender', () => {
  const ours: Contender = { name: 'ours', runs: [run(2)], amount: 100 };
  const limit: Contender = { name: 'limit', runs: [run(1)], amount: 100, limitOf: 'ours' };
  const all = [...labelled([ours, limit], 'a'), ...labelled([{ ...ours, runs: [run(4)] }, limit], 'b')];
  expect(ratioFigures(all, {}).map(({ name, value }) => [name, value])).toEqual([
    ['ours, a ÷ limit, a', 0.5],
    ['ours, b ÷ limit, b', 0.25],
  ]);
});

test('CPU of ours leaves out that of the source and of the store', () => {
  const use = { replicate: 2, engine: 1, source: 9, 'source: walsender': 9, store: 9 };
  const contender: Contender = { name: 'ours', runs: [run(1, use)], amount: 2_000_000 };
  expect(cpuFigure(contender, 'rows', null).value).toBeCloseTo(1.5);
});

test('a figure is held against its must and its aim', () => {
  const least = { sense: '≥', must: 1.5, aim: 2 } as const;
  const most = { sense: '≤', must: 3, aim: null } as const;
  expect([1.4, 1.5, 2].map((value) => met(figure(value, least)))).toEqual(['no', 'must', 'aim']);
  expect([3.1, 3, Number.NaN].map((value) => met(figure(value, most)))).toEqual(['no', 'must', 'no']);
  expect(met(figure(1, null))).toBeNull();
});
