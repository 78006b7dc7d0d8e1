import { expect, test } from 'vitest';
import type { Position, TablePosition } from '../lake/readers.ts';
import { awaitState } from './await-state.ts';

const table = (name: string, state: TablePosition['state'], appliedLsn: string | null, epoch = 1): TablePosition => ({
  table: name,
  tableId: `${name === 'a.c' ? 101 : 100}_${epoch}`,
  generation: 1,
  state,
  appliedLsn,
  asOf: null,
  appendOnly: false,
  error: null,
});

const position = (...tables: TablePosition[]): Position => ({
  warehouseId: 'w',
  manifest: 1,
  appliedLsn: '0/100',
  asOf: null,
  at: '2026-01-01T00:00:00Z',
  tables,
  batches: [],
  windows: [],
});

const tables = [
  { table: 'a.b', oid: 100 },
  { table: 'a.c', oid: 101 },
];
const goal = { tables, epoch: 1, lsn: 0x100n, copies: { requested: [], finished: new Map<string, number>() } };

test('it is done when every table has applied everything below the position', () => {
  const at = position(table('a.b', 'live', '0/100'), table('a.c', 'live', '0/200'));
  expect(awaitState(at, goal)).toEqual({ done: true, waitingFor: [], parked: [] });
});

test('a table that is behind, still copied, or not known yet is waited for', () => {
  expect(awaitState(position(table('a.b', 'live', '0/FF'), table('a.c', 'live', '0/100')), goal).waitingFor).toEqual(['a.b']);
  expect(awaitState(position(table('a.b', 'copying', null), table('a.c', 'live', '0/100')), goal).waitingFor).toEqual(['a.b']);
  expect(awaitState(position(table('a.b', 'live', '0/100')), goal).waitingFor).toEqual(['a.c']);
  expect(awaitState(null, goal)).toMatchObject({ done: false, waitingFor: ['a.b', 'a.c'] });
});

test('a parked table is named and not waited for, a dropped one is forgotten', () => {
  const at = position(table('a.b', 'parked', '0/1'), table('a.c', 'live', '0/100'));
  expect(awaitState(at, goal)).toEqual({ done: true, waitingFor: [], parked: ['a.b'] });
  expect(awaitState(position(table('a.b', 'dropped', null), table('a.c', 'live', '0/100')), goal)).toMatchObject({
    done: true,
    parked: [],
  });
});

test('a table that was parked under the name it had then is not waited for under the one it has now, and a dropped one says nothing of another of its name', () => {
  const renamed = [{ table: 'a.new', oid: 100 }];
  expect(awaitState(position(table('a.b', 'parked', '0/1')), { ...goal, tables: renamed })).toEqual({
    done: true,
    waitingFor: [],
    parked: ['a.new'],
  });
  expect(awaitState(position(table('a.b', 'live', '0/200')), { ...goal, tables: renamed }).waitingFor).toEqual(['a.new']);
  const another = [{ table: 'a.b', oid: 200 }];
  expect(awaitState(position(table('a.b', 'dropped', null)), { ...goal, tables: another }).waitingFor).toEqual(['a.b']);
});

test('positions of an earlier epoch prove nothing, however far they are', () => {
  const at = position(table('a.b', 'live', 'FF/0'), table('a.c', 'live', 'FF/0'));
  expect(awaitState(at, { ...goal, epoch: 2 })).toMatchObject({ done: false, waitingFor: ['a.b', 'a.c'] });
});

test('without tables the warehouse itself has to be there', () => {
  expect(awaitState(position(), { ...goal, tables: [] }).done).toBe(true);
  expect(awaitState(position(), { ...goal, tables: [], lsn: 0x101n }).done).toBe(false);
});

const asked = (name: string, tableId: string | null) => ({ requested: [{ table: name, tableId }], finished: new Map<string, number>() });
const finished = (tableId: string, generation: number) => ({ requested: [], finished: new Map([[tableId, generation]]) });

test('a table that is to be copied anew, or whose newer copy is not read yet, is waited for; a parked one is not', () => {
  const live = position(table('a.b', 'live', '0/200'), { ...table('a.c', 'live', '0/200'), tableId: '101_1' });
  expect(awaitState(live, { ...goal, copies: asked('a.c', null) }).waitingFor).toEqual(['a.c']);
  expect(awaitState(live, { ...goal, copies: asked('old name', '101_1') }).waitingFor).toEqual(['a.c']);
  expect(awaitState(live, { ...goal, copies: asked('a.c', '99_1') }).done).toBe(true);
  expect(awaitState(live, { ...goal, copies: finished('101_1', 2) }).waitingFor).toEqual(['a.c']);
  expect(awaitState(live, { ...goal, copies: finished('101_1', 1) }).done).toBe(true);
  const parked = position(table('a.b', 'live', '0/200'), table('a.c', 'parked', '0/1'));
  expect(awaitState(parked, { ...goal, copies: asked('a.c', null) })).toEqual({ done: true, waitingFor: [], parked: ['a.c'] });
});
