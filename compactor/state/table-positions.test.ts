import { expect, test } from 'vitest';
import type { Generation } from './generation.ts';
import { storedGeneration } from '../../test/support/warehouse/stored-generation.ts';
import { tablePositions } from './table-positions.ts';

const FRONT = { manifest: 7, epoch: 1, lsn: 0n, appliedLsn: 0x70n, asOf: '2026-01-01T00:00:07.000000Z', points: {} };

const LIVE = { state: 'live', appliedLsn: '0/70', asOf: FRONT.asOf };
const SHOWN = { visible: true, appliedLsn: 0x30n, asOf: '2026-01-01T00:00:03.000000Z' };
const STOPPED = { appliedLsn: '0/30', asOf: SHOWN.asOf };

test.each<[string, Generation[], object]>([
  ['copied for the first time', [storedGeneration('copying')], { state: 'copying', appliedLsn: null, asOf: null }],
  ['live', [storedGeneration('live', { visible: true })], LIVE],
  [
    'live while its next generation is made',
    [storedGeneration('live', { visible: true }), storedGeneration('copying', { generation: 2 })],
    { ...LIVE, generation: 1 },
  ],
  ['stopped', [storedGeneration('waiting', SHOWN)], { state: 'waiting', ...STOPPED }],
  [
    'stopped, its next generation on the way',
    [storedGeneration('waiting', SHOWN), storedGeneration('catching-up', { generation: 2 })],
    { state: 'catching-up', ...STOPPED },
  ],
  ['parked', [storedGeneration('parked', SHOWN)], { state: 'parked', ...STOPPED }],
  ['replaced', [storedGeneration('dropped'), storedGeneration('live', { visible: true, generation: 2 })], { ...LIVE, generation: 2 }],
  ['dropped at the source', [storedGeneration('dropped')], { state: 'dropped', asOf: null }],
])('a table that is %s says so', (_what, lives, expected) => {
  expect(tablePositions(lives, FRONT)).toMatchObject([{ table: 'public.orders', ...expected }]);
});

test('a name that a new table has taken over is the new table', () => {
  const renewed = storedGeneration('live', { tableId: '2_1', oid: 2, visible: true });
  expect(tablePositions([storedGeneration('dropped'), renewed], FRONT)).toMatchObject([{ tableId: '2_1', state: 'live' }]);
  expect(tablePositions([renewed, storedGeneration('dropped')], FRONT)).toMatchObject([{ tableId: '2_1', state: 'live' }]);
});
