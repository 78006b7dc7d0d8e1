import { expect, test } from 'vitest';
import type { TablePosition } from '../../lake/readers.ts';
import { TableChanges } from './table-changes.ts';

const position = (tableId: string, state: TablePosition['state'] = 'live'): TablePosition => ({
  table: `public.t${tableId}`,
  tableId,
  generation: 1,
  state,
  appliedLsn: null,
  asOf: null,
  appendOnly: false,
  error: null,
});
const batch = (number: number, ...tableIds: string[]) => ({
  number,
  files: [],
  catalog: tableIds.map((tableId) => ({ kind: 'schema' as const, table: 't', tableId })),
});
const changed = (tables: readonly TablePosition[]) => tables.map((one) => one.changed);

test('a table has the number of the last batch that changed it, and after a start that of the front', () => {
  const changes = new TableChanges(7);
  const tables = [position('1_1'), position('2_1')];
  expect(changed(changes.on(tables, 7))).toEqual([7, 7]);
  changes.note([batch(8, '1_1'), batch(9), batch(10, '1_1')]);
  expect(changed(changes.on(tables, 10))).toEqual([10, 7]);
  changes.note([batch(11)]);
  expect(changed(changes.on(tables, 11))).toEqual([10, 7]);
});

test('a table that was brought up or parked has changed', () => {
  const changes = new TableChanges(7);
  changes.on([position('1_1', 'catching-up')], 7);
  expect(changed(changes.on([position('1_1')], 12))).toEqual([12]);
  expect(changed(changes.on([position('1_1')], 13))).toEqual([12]);
  expect(changed(changes.on([{ ...position('1_1'), generation: 2 }], 14))).toEqual([14]);
});
