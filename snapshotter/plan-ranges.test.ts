import { expect, test } from 'vitest';
import type { Leaf } from '../postgres/catalog/leaves.ts';
import type { PageRange } from '../postgres/catalog/page-range.ts';
import { planRanges } from './plan-ranges.ts';

const leaf = (facts: Partial<Leaf>): Leaf => ({ oid: 1, table: 'public.t', filenode: '1', pages: 0, bytes: 0, heap: true, ...facts });
const range = (from: number, to: number | null, leafOid = 1): PageRange => ({ leafOid, from, to });

const CASES: { name: string; leaves: Leaf[]; expected: PageRange[] }[] = [
  { name: 'an empty table is one open range', leaves: [leaf({})], expected: [range(0, null)] },
  { name: 'a table below one chunk is one open range', leaves: [leaf({ pages: 10, bytes: 80 })], expected: [range(0, null)] },
  {
    name: 'a table of three chunks is three ranges, the last one open',
    leaves: [leaf({ pages: 30, bytes: 300 })],
    expected: [range(0, 10), range(10, 20), range(20, null)],
  },
  {
    name: 'TOAST counts, so few pages with wide values still make several ranges',
    leaves: [leaf({ pages: 2, bytes: 900 })],
    expected: [range(0, 1), range(1, null)],
  },
  {
    name: 'each leaf of a partitioned table has ranges of its own',
    leaves: [leaf({ oid: 2, pages: 20, bytes: 200 }), leaf({ oid: 3 })],
    expected: [range(0, 10, 2), range(10, null, 2), range(0, null, 3)],
  },
  {
    name: 'a table without ctid ranges is read in one piece',
    leaves: [leaf({ pages: 99, bytes: 999, heap: false })],
    expected: [range(0, null)],
  },
  { name: 'a partitioned table without leaves has nothing to copy', leaves: [], expected: [] },
];

test.each(CASES)('$name', ({ leaves, expected }) => {
  expect(planRanges(leaves, 100)).toEqual(expected);
});
