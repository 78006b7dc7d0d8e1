import { expect, test } from 'vitest';
import type { TablePosition } from '../../lake/readers.ts';
import { TableChanges } from './table-changes.ts';

const position = (tableId: string, more: Partial<TablePosition> = {}): TablePosition => ({
  table: `public.t${tableId}`,
  tableId,
  generation: 1,
  state: 'live',
  appliedLsn: null,
  asOf: null,
  appendOnly: false,
  error: null,
  ...more,
});
const batch = (number: number, ...tableIds: string[]) => ({
  number,
  files: [],
  catalog: tableIds.map((tableId) => ({ kind: 'schema' as const, table: 't', tableId })),
});

/** Changes that are kept as a warehouse keeps them. */
class Kept {
  readonly #facts = new Map<string, string>();
  #changes = new TableChanges(this.#facts);

  note(...batches: ReturnType<typeof batch>[]): void {
    this.#keep(this.#changes.note(batches));
  }

  /** Numbers of the tables as others read them. */
  changed(tables: readonly TablePosition[], manifest: number): (number | undefined)[] {
    this.#keep(this.#changes.noteShown(tables, manifest));
    return this.#changes.on(tables).map(({ changed }) => changed);
  }

  restart(): void {
    this.#changes = new TableChanges(this.#facts);
  }

  #keep(facts: ReadonlyMap<string, string>): void {
    for (const [key, value] of facts) this.#facts.set(key, value);
  }
}

test('a table has the number of the last batch that changed it, also after a restart; a new one that of the front', () => {
  const kept = new Kept();
  const tables = [position('1_1'), position('2_1')];
  expect(kept.changed(tables, 7)).toEqual([7, 7]);
  kept.note(batch(8, '1_1'), batch(9), batch(10, '1_1'));
  expect(kept.changed(tables, 10)).toEqual([10, 7]);
  kept.note(batch(11));
  expect(kept.changed(tables, 11)).toEqual([10, 7]);
  kept.restart();
  expect(kept.changed([...tables, position('3_1')], 12)).toEqual([10, 7, 12]);
});

test('a table that was brought up, parked or copied again has changed, also when that was not reported before a restart', () => {
  const kept = new Kept();
  kept.changed([position('1_1', { state: 'catching-up' })], 7);
  expect(kept.changed([position('1_1')], 12)).toEqual([12]);
  expect(kept.changed([position('1_1')], 13)).toEqual([12]);
  kept.restart();
  expect(kept.changed([position('1_1', { generation: 2 })], 14)).toEqual([14]);
});
