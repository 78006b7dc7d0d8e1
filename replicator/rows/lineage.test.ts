import { expect, test } from 'vitest';
import { Lineage } from './lineage.ts';

function finish(lineage: Lineage, rows: number): [number, bigint][] {
  const finished = lineage.finish(rows);
  return Array.from(finished.rows, (row, index) => [row, finished.begun[index] ?? -1n]);
}

/** A tombstone and the new row after it, as a file has them. */
function rekey(lineage: Lineage, row: number, oldKey: string, newKey: string): void {
  lineage.rekey(row, oldKey, newKey);
  lineage.note(row + 1, newKey);
}

test('rows before the first key change have their own key as lineage', () => {
  const lineage = new Lineage();
  expect(lineage.active).toBe(false);
  lineage.note(0, 'a');
  expect(finish(lineage, 1)).toEqual([[0, 0n]]);
});

test('a row that changed its key keeps the lineage of its old key, also in later images', () => {
  const lineage = new Lineage();
  rekey(lineage, 0, 'a', 'b');
  lineage.note(2, 'b');
  lineage.note(3, 'z');
  expect(finish(lineage, 4)).toEqual([
    [0, 0n],
    [0, 0n],
    [0, 0n],
    [3, 0n],
  ]);
});

test('who takes a vacated key is an entity that began inside the file', () => {
  const lineage = new Lineage();
  rekey(lineage, 0, 'a', 'b');
  lineage.note(2, 'a');
  rekey(lineage, 3, 'a', 'c');
  expect(finish(lineage, 5)).toEqual([
    [0, 0n],
    [0, 0n],
    [0, 1n],
    [0, 1n],
    [0, 1n],
  ]);
});

test('two rows that exchange their keys keep their lineages apart', () => {
  const lineage = new Lineage();
  rekey(lineage, 0, 'a', 'tmp');
  rekey(lineage, 2, 'b', 'a');
  rekey(lineage, 4, 'tmp', 'b');
  lineage.note(6, 'a');
  lineage.note(7, 'b');
  expect(finish(lineage, 8).map(([row]) => row)).toEqual([0, 0, 2, 2, 0, 0, 2, 0]);
});
