import { expect, test } from 'vitest';
import { endedIn } from './ended-transaction.ts';

test.each([
  ['740:743:740', 740, false],
  ['740:743:740', 741, true],
  ['740:743:740,742', 742, false],
  ['743:743:', 742, true],
  // Ids begin again at 3 after 4,294,967,295.
  ['4294967290:4294967300:4294967290', 4294967290, false],
  ['4294967290:4294967300:4294967290', 4294967291, true],
  ['4294967299:4294967300:4294967299', 3, false],
  ['4294967300:4294967300:', 3, true],
])('in the snapshot %s, transaction %i has ended: %s', (snapshot, xid, ended) => {
  expect(endedIn(snapshot, xid)).toBe(ended);
});
