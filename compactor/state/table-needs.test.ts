import { expect, test } from 'vitest';
import type { GenerationState } from '../../core/table-state.ts';
import type { TablePosition } from '../../lake/readers.ts';
import { storedGeneration } from '../../test/support/warehouse/stored-generation.ts';
import type { Generation } from './generation.ts';
import { tableNeeds, withNeeds } from './table-needs.ts';

const FRONT = { manifest: 7, epoch: 1, lsn: 0n, appliedLsn: 0x70n, asOf: null, points: {} };

const generation = (state: GenerationState, more: Partial<Generation> = {}): Generation =>
  storedGeneration(state, { position: { manifest: 3, files: 0, lsn: 1n }, ...more });

test.each<[string, Generation[], object | null]>([
  ['live', [generation('live')], { manifest: 7, source: null }],
  ['live and ahead of the front', [generation('live', { position: { manifest: 9, files: 0, lsn: 1n } })], { manifest: 9, source: null }],
  ['catching up', [generation('catching-up')], { manifest: 3, source: null }],
  ['copying', [generation('copying')], { manifest: 3, source: { copy: 1 } }],
  ['loading a base', [generation('copying', { base: { n: 4, manifest: 3 } })], { manifest: 3, source: { base: 4 } }],
  [
    'live while its next generation is made',
    [generation('live'), generation('copying', { generation: 2 })],
    { manifest: 3, source: { copy: 2 } },
  ],
  [
    'live while its next generation is parked',
    [generation('live'), generation('parked', { generation: 2 })],
    { manifest: 7, source: null },
  ],
  ['parked', [generation('parked')], null],
  ['stopped', [generation('waiting')], null],
  ['dropped', [generation('dropped')], null],
])('what a table needs that is %s', (_name, lives, needs) => {
  expect(tableNeeds(lives, FRONT)).toEqual(needs);
});

test('a live table that needs what the position says does not repeat it', () => {
  const row = { table: 'public.orders', tableId: '1_1', state: 'live' } as TablePosition;
  expect(withNeeds([row], [generation('live')], FRONT)).toEqual([row]);
  const parked = { ...row, state: 'parked' } as TablePosition;
  expect(withNeeds([parked], [generation('live'), generation('parked')], FRONT)).toEqual([
    { ...parked, needs: { manifest: 7, source: null } },
  ]);
  expect(withNeeds([parked], [generation('parked')], FRONT)).toEqual([{ ...parked, needs: null }]);
});
