import { expect, test } from 'vitest';
import type { ListedCopy } from '../../lake/snapshot-log.ts';
import type { GenerationState } from '../../core/table-state.ts';
import { storedGeneration } from '../../test/support/warehouse/stored-generation.ts';
import type { Generation } from './generation.ts';
import { planHandOver } from './hand-over.ts';

function copy(tableId: string, generation: number, done: boolean): ListedCopy {
  return { tableId, generation, lastChunk: 0, done };
}

function known(tableId: string, generation: number, state: GenerationState, more: Partial<Generation> = {}): Generation {
  const [oid = 0, epoch = 0] = tableId.split('_').map(Number);
  const mine = { tableId, oid, epoch, generation, name: 't', visible: state === 'live', storage: `t${tableId}_g${generation}` };
  return storedGeneration(state, { ...mine, ...more });
}

function planned(mine: Generation[], found: ListedCopy[], rebuild = 0): { begin: string[]; abandon: string[] } {
  const { begin, abandon } = planHandOver(mine, found, rebuild);
  return { begin: begin.map(nameOf), abandon: abandon.map(nameOf) };
}

function nameOf(one: { tableId: string; generation: number }): string {
  return `${one.tableId}/${one.generation}`;
}

test('a first copy is begun while it is still being made', () => {
  expect(planned([], [copy('1_1', 1, false)])).toEqual({ begin: ['1_1/1'], abandon: [] });
});

test('a known copy is not begun again in any state', () => {
  for (const state of ['copying', 'live', 'parked', 'dropped'] as const) {
    expect(planned([known('1_1', 1, state)], [copy('1_1', 1, true)]).begin).toEqual([]);
  }
});

test('a new warehouse begins with the newest whole copy and the one after it, not with older ones', () => {
  const copies = [copy('1_1', 1, true), copy('1_1', 2, true), copy('1_1', 3, false), copy('1_1', 4, false)];
  expect(planned([], copies).begin).toEqual(['1_1/2', '1_1/4']);
});

test('a copy that was given up for another one is given up here too', () => {
  expect(planned([known('1_1', 1, 'copying')], [copy('1_1', 1, false), copy('1_1', 2, false)])).toEqual({
    begin: ['1_1/2'],
    abandon: ['1_1/1'],
  });
});

test('a copy of a newer epoch is newer with any number', () => {
  expect(planned([known('1_1', 5, 'live')], [copy('1_1', 5, true), copy('1_2', 1, false)]).begin).toEqual(['1_2/1']);
  expect(planned([], [copy('1_1', 5, true), copy('1_2', 1, true)]).begin).toEqual(['1_2/1']);
});

test('after a rebuild the same copies are begun again', () => {
  expect(planned([known('1_1', 1, 'waiting')], [copy('1_1', 1, true)], 1).begin).toEqual(['1_1/1']);
});

test('of many tables each is compared with its own lives only', () => {
  const live = Array.from({ length: 20 }, (_, oid) => known(`${oid}_1`, oid % 3, 'live'));
  const found = Array.from({ length: 20 }, (_, oid) => copy(`${oid}_1`, 1, true));
  expect(planned(live, found).begin).toEqual(found.map(nameOf).filter((_, oid) => oid % 3 === 0));
});
