import { expect, test } from 'vitest';
import { decideCut } from './cut.ts';
import type { CutDecision, CutState } from './cut.ts';

const LIMITS = { minAgeMs: 100, spacingMs: 0, maxAgeMs: 500, positionAgeMs: 10_000, rows: 1000, bytes: 1_000_000, costlyBytes: 2_000_000 };
const OPEN: CutState = {
  rows: 1,
  bytes: 100,
  worthy: true,
  costly: false,
  lagMs: 0,
  openedAtMs: 0,
  endedAtMs: null,
  drained: false,
  inTransaction: false,
  requested: false,
  publishing: false,
};

const CASES: [string, Partial<CutState>, number, CutDecision][] = [
  ['nothing in it is never cut', { openedAtMs: null, worthy: false }, 1e9, { kind: 'wait', ms: null }],
  ['a drained socket ends a batch that is old enough', { drained: true }, 100, { kind: 'cut' }],
  ['a drained socket waits for the least age', { drained: true }, 40, { kind: 'wait', ms: 60 }],
  ['a busy socket waits for the greatest age', {}, 100, { kind: 'wait', ms: 400 }],
  ['the greatest age ends a batch under load', {}, 500, { kind: 'cut' }],
  [
    'a costly batch waits for the greatest age though the socket is drained',
    { drained: true, costly: true },
    100,
    { kind: 'wait', ms: 400 },
  ],
  ['a costly batch of long ago waits longer', { costly: true, lagMs: 60_000 }, 500, { kind: 'wait', ms: 1500 }],
  ['other batches of long ago do not', { lagMs: 60_000 }, 500, { kind: 'cut' }],
  ['a costly batch of long ago is cut in the end', { costly: true, lagMs: 60_000 }, 2000, { kind: 'cut' }],
  ['a costly batch may be larger', { costly: true, bytes: 1_999_999 }, 0, { kind: 'wait', ms: 500 }],
  ['bytes end a costly batch too', { costly: true, bytes: 2_000_000 }, 0, { kind: 'cut' }],
  ['rows end a batch', { rows: 1000 }, 0, { kind: 'cut' }],
  ['bytes end a batch', { bytes: 1_000_000 }, 0, { kind: 'cut' }],
  ['no age ends a batch inside a transaction', { inTransaction: true, drained: true }, 1e6, { kind: 'wait', ms: null }],
  ['rows do not end a batch inside a transaction', { inTransaction: true, rows: 1e6 }, 0, { kind: 'wait', ms: null }],
  ['bytes write the files of an open transaction', { inTransaction: true, bytes: 1_000_000 }, 0, { kind: 'spill' }],
  [
    'a large transaction writes its files while another batch is on its way',
    { inTransaction: true, publishing: true, bytes: 1e7 },
    0,
    { kind: 'spill' },
  ],
  ['one batch is on its way at a time', { publishing: true, rows: 1e6 }, 1e6, { kind: 'wait', ms: null }],
  ['a mere position waits longer', { worthy: false, rows: 0, drained: true }, 500, { kind: 'wait', ms: 9500 }],
  [
    'a mere position is published at once when the source waits for it',
    { worthy: false, rows: 0, drained: true, requested: true },
    1000,
    { kind: 'cut' },
  ],
  ['a mere position is published in the end', { worthy: false, rows: 0, drained: true }, 10_000, { kind: 'cut' }],
];

test.each(CASES)('%s', (_name, state, nowMs, decision) => {
  expect(decideCut({ ...OPEN, ...state }, LIMITS, nowMs)).toEqual(decision);
});

/** Each batch costs money on S3. */
const SPACED = { ...LIMITS, spacingMs: 500 };

test.each([
  ['the first batch', null, 100],
  ['a batch long after the last one', -5_000, 100],
  ['a batch right after the last one', -10, 490],
  ['a batch soon after the last one', -450, 100],
])('with spacing, %s of a drained socket is cut at its time', (_name, endedAtMs, dueMs) => {
  const state = { ...OPEN, drained: true, endedAtMs };
  expect(decideCut(state, SPACED, dueMs - 1)).toEqual({ kind: 'wait', ms: 1 });
  expect(decideCut(state, SPACED, dueMs)).toEqual({ kind: 'cut' });
});
