import { expect, test } from 'vitest';
import { basePointOf } from './live-table.ts';

const at = (lsn: string) => ({ lsn, xid: 7, time: '2026-01-01T00:00:00.000000Z' });
const batch = { number: 4, hash: `sha256:${'0'.repeat(64)}`, epoch: 2, to: '0/100' };

test.each([
  ['its last commit, not its end', { anchor: at('0/50') }, { consistentPoint: 0x10n }, 0x51n],
  ['its end, where an older version named no commit', {}, { consistentPoint: 0x10n }, 0x100n],
  ['nothing, before the first commit of its epoch', { anchor: null }, { consistentPoint: 0x10n }, null],
  ['nothing, once the epoch of the table has ended', { anchor: at('0/50'), epoch: 3 }, { consistentPoint: 0x10n }, null],
  ['nothing, while the copy is as new', { anchor: at('0/50') }, { consistentPoint: 0x51n }, null],
  ['nothing, while a part of the copy is newer', { anchor: at('0/50') }, { consistentPoint: 0x10n, lastPoint: 0x60n }, null],
])('the point of a base at a manifest is %s', (_what, more, copy, lsn) => {
  const point = basePointOf({ ...batch, ...more }, { epoch: 2, ...copy });
  expect(point).toEqual(lsn === null ? null : { manifest: 4, hash: batch.hash, lsn });
});
