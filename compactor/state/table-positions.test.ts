import { expect, test } from 'vitest';
import type { GenerationState } from '../../core/table-state.ts';
import type { Generation } from './generation.ts';
import { tablePositions } from './table-positions.ts';

const FRONT = { manifest: 7, epoch: 1, lsn: 0n, appliedLsn: 0x70n, asOf: '2026-01-01T00:00:07.000000Z', points: {} };

function generation(state: GenerationState, more: Partial<Generation> = {}): Generation {
  return {
    tableId: '1_1',
    oid: 1,
    epoch: 1,
    generation: 1,
    rebuild: 0,
    schema: 'public',
    name: 'orders',
    identity: 'key',
    state,
    visible: false,
    storage: 's',
    schemaHash: 'a',
    consistentPoint: 1n,
    chunks: 0,
    position: { manifest: 0, files: 0, lsn: 1n },
    staged: null,
    appliedLsn: null,
    asOf: null,
    error: null,
    ...more,
  };
}

const LIVE = { state: 'live', appliedLsn: '0/70', asOf: FRONT.asOf };
const SHOWN = { visible: true, appliedLsn: 0x30n, asOf: '2026-01-01T00:00:03.000000Z' };
const STOPPED = { appliedLsn: '0/30', asOf: SHOWN.asOf };

test.each<[string, Generation[], object]>([
  ['copied for the first time', [generation('copying')], { state: 'copying', appliedLsn: null, asOf: null }],
  ['live', [generation('live', { visible: true })], LIVE],
  [
    'live while its next generation is made',
    [generation('live', { visible: true }), generation('copying', { generation: 2 })],
    { ...LIVE, generation: 1 },
  ],
  ['stopped', [generation('waiting', SHOWN)], { state: 'waiting', ...STOPPED }],
  [
    'stopped, its next generation on the way',
    [generation('waiting', SHOWN), generation('catching-up', { generation: 2 })],
    { state: 'catching-up', ...STOPPED },
  ],
  ['parked', [generation('parked', SHOWN)], { state: 'parked', ...STOPPED }],
  ['replaced', [generation('dropped'), generation('live', { visible: true, generation: 2 })], { ...LIVE, generation: 2 }],
  ['dropped at the source', [generation('dropped')], { state: 'dropped', asOf: null }],
])('a table that is %s says so', (_what, lives, expected) => {
  expect(tablePositions(lives, FRONT)).toMatchObject([{ table: 'public.orders', ...expected }]);
});

test('a name that a new table has taken over is the new table', () => {
  const renewed = generation('live', { tableId: '2_1', oid: 2, visible: true });
  expect(tablePositions([generation('dropped'), renewed], FRONT)).toMatchObject([{ tableId: '2_1', state: 'live' }]);
  expect(tablePositions([renewed, generation('dropped')], FRONT)).toMatchObject([{ tableId: '2_1', state: 'live' }]);
});
