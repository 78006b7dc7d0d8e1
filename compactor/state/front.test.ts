import { expect, test } from 'vitest';
import type { StoredManifest } from '../../lake/manifest.ts';
import { frontAfter } from './front.ts';

const FRONT = { manifest: 1, epoch: 1, lsn: 0n, appliedLsn: 0x10n, asOf: '2026-01-01T00:00:05.000000Z', points: { 1: 1n } };

function batch(number: number, to: string, last: string | null): StoredManifest {
  return {
    hash: `hash of ${number}`,
    number,
    epoch: 1,
    writer: 'w',
    from: '0/0',
    to,
    commitTimes: last === null ? null : [last, last],
    heartbeat: false,
    files: [],
    catalog: [],
  };
}

test('the front is as far as its last batch, and as fresh as its latest commit', () => {
  const after = frontAfter(FRONT, [batch(2, '0/20', '2026-01-01T00:00:09.000000Z'), batch(3, '0/30', '2026-01-01T00:00:08.999999Z')], null);
  expect(after).toEqual({
    manifest: 3,
    epoch: 1,
    lsn: 0n,
    appliedLsn: 0x30n,
    asOf: '2026-01-01T00:00:09.000000Z',
    hash: 'hash of 3',
    points: { 1: 1n },
  });
});

test('batches without commits keep the time', () => {
  expect(frontAfter(FRONT, [batch(2, '0/20', null)], null)).toMatchObject({ manifest: 2, asOf: FRONT.asOf });
});

test('a front inside a batch is at its LSN and not beyond the batch before', () => {
  expect(frontAfter(FRONT, [batch(2, '0/30', '2026-01-01T00:00:09.000000Z')], 0x25n)).toEqual({
    ...FRONT,
    lsn: 0x25n,
    appliedLsn: 0x25n,
  });
  expect(frontAfter(FRONT, [batch(2, '0/25', null)], 0x25n)).toMatchObject({ manifest: 2, lsn: 0n, appliedLsn: 0x25n });
});
