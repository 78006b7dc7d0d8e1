import { expect, test } from 'vitest';
import { RowBalance, someOfEach } from './row-balance.ts';

const theirs = (place: string, hash: string, copies = 1) => ({ place, hash, copies: String(copies) });

function balance(warehouse: ReturnType<typeof theirs>[], source: [place: string, hash: string][]) {
  const rows = new RowBalance<number>(warehouse);
  for (const [i, [place, hash]] of source.entries()) rows.add({ place, hash, at: i });
  return rows.differing();
}

test('a key differs when it is missing, unexpected, or has another row, and is named once', () => {
  const found = balance(
    [theirs('1', 'a'), theirs('2', 'x'), theirs('4', 'd')],
    [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
    ],
  );
  expect(found).toEqual([
    { place: '2', source: [1], warehouse: 1 },
    { place: '3', source: [2], warehouse: 0 },
    { place: '4', source: [], warehouse: 1 },
  ]);
});

test('rows without a key are equal only as often as they are there', () => {
  const thrice: [string, string][] = [
    ['r', 'r'],
    ['r', 'r'],
    ['r', 'r'],
  ];
  expect(balance([theirs('r', 'r', 3)], thrice)).toEqual([]);
  expect(balance([theirs('r', 'r', 2)], thrice)).toEqual([{ place: 'r', source: [2], warehouse: 0 }]);
  expect(balance([theirs('r', 'r', 5)], thrice)).toEqual([{ place: 'r', source: [], warehouse: 2 }]);
});

test('of many differences some of each kind are shown', () => {
  const changed = Array.from({ length: 100 }, (_, i) => ({ place: `c${i}`, source: [i], warehouse: 1 }));
  const lost = { place: 'l', source: [1], warehouse: 0 };
  const surplus = [
    { place: 'p1', source: [], warehouse: 1 },
    { place: 'p2', source: [], warehouse: 2 },
  ];
  const shown = someOfEach([...changed, lost, ...surplus], 6).map(({ place }) => place);
  expect(shown).toEqual(['c0', 'l', 'p1', 'c1', 'p2', 'c2']);
  expect(someOfEach(surplus, 20)).toEqual(surplus);
});
