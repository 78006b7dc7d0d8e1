import { expect, test } from 'vitest';
import { isSuperseded, planFloors, usable } from './floors.ts';
import type { FloorFacts, PlannedFloor, TableFacts, TableSource } from './floors.ts';

const copy = (generation: number, manifest: number): TableSource => ({ kind: 'copy', n: generation, generation, manifest });
const base = (n: number, manifest: number, generation = 1): TableSource => ({ kind: 'base', n, generation, manifest });

/** A table with a copy and three bases, all of it older than the retention up to batch 45. */
const TABLE: TableFacts = {
  tableId: '1_1',
  table: 'public.t',
  sources: [copy(1, 10), base(1, 20), base(2, 30), base(3, 40)],
  endedAt: null,
  agedTo: 45,
  earlier: 0,
};

function floorOf(table: Partial<TableFacts> = {}, facts: Partial<FloorFacts> = {}): PlannedFloor {
  const [floor] = planFloors({ keepBases: 2, readers: [], pins: [], ...facts, tables: [{ ...TABLE, ...table }] });
  if (floor === undefined) throw new Error('no floor');
  return floor;
}

const reader = (id: string, manifest: number) => ({ id, needs: new Map([['1_1', manifest]]) });
const pin = (name: string, manifest: number, table = 'public.t') => ({ name, manifest, matches: (one: string) => one === table });

test('a floor is where the second newest base begins', () => {
  expect(floorOf()).toMatchObject({ manifest: 30, free: 30, heldBy: 'kept bases', whole: false });
  expect(floorOf({}, { keepBases: 1 })).toMatchObject({ manifest: 40, heldBy: 'kept bases' });
  expect(floorOf({}, { keepBases: 4 })).toMatchObject({ manifest: 10, heldBy: 'kept bases' });
  expect(floorOf({}, { keepBases: 0 })).toMatchObject({ manifest: 40 });
});

test('a table with too few bases keeps all', () => {
  expect(floorOf({ sources: [copy(1, 10)] })).toMatchObject({ manifest: 0, heldBy: 'no proven base' });
  expect(floorOf({ sources: [] })).toMatchObject({ manifest: 0, heldBy: 'no proven base' });
  expect(floorOf({}, { keepBases: 5 })).toMatchObject({ manifest: 0, heldBy: 'no proven base' });
});

test('a table whose floor is above all that counts says what proves a base again', () => {
  const heldBy = 'no proven base: run `tailrace verify`';
  for (const keepBases of [1, 2])
    expect(floorOf({ sources: [copy(1, 10)], earlier: 40 }, { keepBases })).toMatchObject({ manifest: 40, heldBy });
  expect(floorOf({ sources: [copy(1, 10), base(3, 40)], earlier: 40 })).toMatchObject({ manifest: 40, heldBy: 'kept bases' });
});

test('a copy counts as a base does', () => {
  expect(floorOf({ sources: [copy(1, 10), base(1, 20)] })).toMatchObject({ manifest: 10 });
  expect(floorOf({ sources: [copy(1, 10), copy(2, 25)] })).toMatchObject({ manifest: 10 });
});

test('a base of an earlier copy is of no use beyond the point of a later copy', () => {
  const sources = [copy(1, 10), base(1, 20), base(2, 30), copy(2, 25)];
  expect(usable(sources)).toEqual([copy(1, 10), base(1, 20), copy(2, 25)]);
  expect(floorOf({ sources })).toMatchObject({ manifest: 20 });
  expect(floorOf({ sources }, { keepBases: 1 })).toMatchObject({ manifest: 25 });
});

test('a reader holds exactly what it needs, and a table that it does not name not at all', () => {
  expect(floorOf({}, { readers: [reader('aa', 25), reader('bb', 99)] })).toMatchObject({ manifest: 25, heldBy: 'reader aa' });
  expect(floorOf({}, { readers: [{ id: 'aa', needs: new Map([['2_1', 0]]) }] })).toMatchObject({ manifest: 30, heldBy: 'kept bases' });
});

test('a pin holds the newest base before it, and all that came later', () => {
  expect(floorOf({}, { pins: [pin('audit', 29)] })).toMatchObject({ manifest: 20, heldBy: 'pin audit' });
  expect(floorOf({}, { pins: [pin('audit', 20)] })).toMatchObject({ manifest: 20, heldBy: 'pin audit' });
  expect(floorOf({}, { pins: [pin('audit', 5)] })).toMatchObject({ manifest: 0, heldBy: 'pin audit' });
  expect(floorOf({}, { pins: [pin('audit', 5, 'public.other')] })).toMatchObject({ manifest: 30 });
});

test('any moment within the retention can be restored', () => {
  expect(floorOf({ agedTo: 29 })).toMatchObject({ manifest: 20, heldBy: 'retention' });
  expect(floorOf({ agedTo: 20 })).toMatchObject({ manifest: 20, heldBy: 'retention' });
  expect(floorOf({ agedTo: 9 })).toMatchObject({ manifest: 0, heldBy: 'retention' });
  expect(floorOf({ agedTo: null })).toMatchObject({ manifest: 0, heldBy: 'retention for ever' });
});

test('a floor never sinks, but nothing more goes', () => {
  expect(floorOf({ earlier: 28 }, { pins: [pin('audit', 21)] })).toMatchObject({ manifest: 28, free: 20, heldBy: 'pin audit' });
  expect(floorOf({ earlier: 28 })).toMatchObject({ manifest: 30, free: 30 });
});

test('a table that has ended goes whole, unless something holds it', () => {
  expect(floorOf({ endedAt: 42 })).toMatchObject({ manifest: 43, free: 42, heldBy: 'its end', whole: true });
  expect(floorOf({ endedAt: 42, sources: [] })).toMatchObject({ manifest: 43, whole: true });
  expect(floorOf({ endedAt: 42, agedTo: 41 })).toMatchObject({ manifest: 40, heldBy: 'retention', whole: false });
  expect(floorOf({ endedAt: 42, agedTo: null })).toMatchObject({ manifest: 0, whole: false });
  expect(floorOf({ endedAt: 42 }, { pins: [pin('audit', 42)] })).toMatchObject({ manifest: 40, heldBy: 'pin audit', whole: false });
  const pinned = floorOf({ endedAt: 40 }, { pins: [pin('audit', 40)] });
  expect(pinned).toMatchObject({ manifest: 40, whole: false });
  expect(isSuperseded(base(3, 40), pinned)).toBe(false);
  expect(floorOf({ endedAt: 42 }, { readers: [reader('aa', 41)] })).toMatchObject({ manifest: 41, whole: false });
  expect(floorOf({ endedAt: 42 }, { readers: [reader('aa', 42)] })).toMatchObject({ whole: true });
});

test('a copy or base is superseded once batches after it may be gone', () => {
  const floor = floorOf();
  expect(TABLE.sources.filter((source) => isSuperseded(source, floor))).toEqual([copy(1, 10), base(1, 20)]);
  const ended = floorOf({ endedAt: 42 });
  expect(TABLE.sources.every((source) => isSuperseded(source, ended))).toBe(true);
});
