import { expect, test } from 'vitest';
import type { Position, TablePosition } from '../../lake/readers.ts';
import type { TableTrouble } from '../../lake/choice.ts';
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

const chosen = (name: string, oid: number, trouble: TableTrouble | null = null, published = true) => ({
  table: name,
  oid,
  published,
  trouble,
});
const tables = [chosen('a.b', 100), chosen('a.c', 101)];
const waited = (name: string, heldUpBy: string | null = null) => ({ table: name, heldUpBy });
const goal = { tables, epoch: 1, lsn: 0x100n, copies: { requested: [], finished: new Map<string, number>() } };

test('it is done when every table has applied everything below the position', () => {
  const at = position(table('a.b', 'live', '0/100'), table('a.c', 'live', '0/200'));
  expect(awaitState(at, goal)).toEqual({ done: true, waitingFor: [], parked: [], unpublished: [] });
});

test('a table that is behind, still copied, or not known yet is waited for', () => {
  expect(awaitState(position(table('a.b', 'live', '0/FF'), table('a.c', 'live', '0/100')), goal).waitingFor).toEqual([waited('a.b')]);
  expect(awaitState(position(table('a.b', 'copying', null), table('a.c', 'live', '0/100')), goal).waitingFor).toEqual([waited('a.b')]);
  expect(awaitState(position(table('a.b', 'live', '0/100')), goal).waitingFor).toEqual([waited('a.c')]);
  expect(awaitState(null, goal)).toMatchObject({ done: false, waitingFor: [waited('a.b'), waited('a.c')] });
});

test('a parked table is named and not waited for, a dropped one is forgotten', () => {
  const at = position(table('a.b', 'parked', '0/1'), table('a.c', 'live', '0/100'));
  expect(awaitState(at, goal)).toEqual({ done: true, waitingFor: [], parked: ['a.b'], unpublished: [] });
  expect(awaitState(position(table('a.b', 'dropped', null), table('a.c', 'live', '0/100')), goal)).toMatchObject({
    done: true,
    parked: [],
  });
});

test('a table parked under its old name is not waited for under its new one, and a dropped table says nothing about another of its name', () => {
  const renamed = [chosen('a.new', 100)];
  expect(awaitState(position(table('a.b', 'parked', '0/1')), { ...goal, tables: renamed })).toEqual({
    done: true,
    waitingFor: [],
    parked: ['a.new'],
    unpublished: [],
  });
  expect(awaitState(position(table('a.b', 'live', '0/200')), { ...goal, tables: renamed }).waitingFor).toEqual([waited('a.new')]);
  const another = [chosen('a.b', 200)];
  expect(awaitState(position(table('a.b', 'dropped', null)), { ...goal, tables: another }).waitingFor).toEqual([waited('a.b')]);
});

test('positions of an earlier epoch prove nothing, however far they are', () => {
  const at = position(table('a.b', 'live', 'FF/0'), table('a.c', 'live', 'FF/0'));
  expect(awaitState(at, { ...goal, epoch: 2 })).toMatchObject({ done: false, waitingFor: [waited('a.b'), waited('a.c')] });
});

test('without tables the warehouse itself has to be there', () => {
  expect(awaitState(position(), { ...goal, tables: [] }).done).toBe(true);
  expect(awaitState(position(), { ...goal, tables: [], lsn: 0x101n }).done).toBe(false);
});

const asked = (name: string, tableId: string | null) => ({ requested: [{ table: name, tableId }], finished: new Map<string, number>() });
const finished = (tableId: string, generation: number) => ({ requested: [], finished: new Map([[tableId, generation]]) });

test('a table that will be copied again, or whose newer copy is not read yet, is waited for; a parked one is not', () => {
  const live = position(table('a.b', 'live', '0/200'), { ...table('a.c', 'live', '0/200'), tableId: '101_1' });
  expect(awaitState(live, { ...goal, copies: asked('a.c', null) }).waitingFor).toEqual([waited('a.c')]);
  expect(awaitState(live, { ...goal, copies: asked('old name', '101_1') }).waitingFor).toEqual([waited('a.c')]);
  expect(awaitState(live, { ...goal, copies: asked('a.c', '99_1') }).done).toBe(true);
  expect(awaitState(live, { ...goal, copies: finished('101_1', 2) }).waitingFor).toEqual([waited('a.c')]);
  expect(awaitState(live, { ...goal, copies: finished('101_1', 1) }).done).toBe(true);
  const parked = position(table('a.b', 'live', '0/200'), table('a.c', 'parked', '0/1'));
  expect(awaitState(parked, { ...goal, copies: asked('a.c', null) })).toEqual({
    done: true,
    waitingFor: [],
    parked: ['a.c'],
    unpublished: [],
  });
});

const trouble = (state: TableTrouble['state']): TableTrouble => ({
  oid: 101,
  table: 'a.c',
  state,
  code: 'TABLE_UNPUBLISHED',
  message: `why ${state}`,
  at: '2026-01-01T00:00:00Z',
});

test('await names, but does not wait for, a table that cannot be published or copied', () => {
  const live = position(table('a.b', 'live', '0/200'));
  const unpublished = { done: true, waitingFor: [], parked: [], unpublished: ['why unpublished'] };
  const besides = (one: ReturnType<typeof chosen>) => ({ ...goal, tables: [chosen('a.b', 100), one] });
  expect(awaitState(live, besides(chosen('a.c', 101, trouble('unpublished'), false)))).toEqual(unpublished);
  expect(awaitState(live, besides(chosen('a.c', 101, trouble('unpublished'))))).toEqual(unpublished);
  const before = position(table('a.b', 'live', '0/200'), table('a.c', 'live', '0/200'));
  expect(awaitState(before, besides(chosen('a.c', 101, trouble('unpublished'), false)))).toEqual(unpublished);
});

test('where nothing can be published, the warehouse itself has to have applied the position', () => {
  const alone = { ...goal, tables: [chosen('a.c', 101, trouble('unpublished'), false)] };
  expect(awaitState(position(), alone).done).toBe(true);
  expect(awaitState(position(), { ...alone, lsn: 0x101n }).done).toBe(false);
  expect(awaitState(null, alone).done).toBe(false);
});

test('a table that waits for a lock is waited for, with who holds it; a partitioned one that is incomplete is waited for and named', () => {
  const live = position(table('a.b', 'live', '0/200'), table('a.c', 'live', '0/FF'));
  const locked = [chosen('a.b', 100), chosen('a.c', 101, trouble('waiting'), false)];
  expect(awaitState(position(table('a.b', 'live', '0/200')), { ...goal, tables: locked })).toMatchObject({
    done: false,
    waitingFor: [waited('a.c', 'why waiting')],
    unpublished: [],
  });
  const parts = [chosen('a.b', 100), chosen('a.c', 101, trouble('incomplete'))];
  expect(awaitState(live, { ...goal, tables: parts })).toMatchObject({ waitingFor: [waited('a.c')], unpublished: ['why incomplete'] });
});

test('a table that is chosen and in no publication yet is waited for, even if the warehouse has it', () => {
  const live = position(table('a.b', 'live', '0/200'), table('a.c', 'live', '0/200'));
  expect(awaitState(live, { ...goal, tables: [chosen('a.b', 100), chosen('a.c', 101, null, false)] }).waitingFor).toEqual([waited('a.c')]);
});
