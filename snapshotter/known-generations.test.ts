import { expect, test } from 'vitest';
import { MemoryStore } from '../test/support/memory-store.ts';
import { putPlan, SnapshotLog } from '../lake/snapshot-log.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { LakeWriter, tableSchema } from '../test/support/lake-writer.ts';
import { knownGenerations } from './known-generations.ts';

const items = tableSchema({ oid: 1, name: 'items', columns: { id: { kind: 'int4' } }, key: ['id'] });
const others = tableSchema({ oid: 2, name: 'others', columns: { id: { kind: 'int4' } }, key: ['id'] });

test('a look of the snapshotter reads no chunk record, and reads whole copies only when a copy is requested', async () => {
  const store = new FaultyStore(new MemoryStore());
  const lake = await LakeWriter.open(store);
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1' }], [{ id: '2' }]]);
  await lake.copy(others, { generation: 1, lsn: 10n }, [[{ id: '1' }]], { done: false });
  store.calls.length = 0;
  const log = new SnapshotLog(store);
  expect(await knownGenerations(log, false)).toEqual([
    { tableId: '1_1', generation: 1, done: true, requests: [] },
    { tableId: '2_1', generation: 1, done: false, requests: [] },
  ]);
  expect(await knownGenerations(log, true)).toMatchObject([{ requests: [] }, { requests: [] }]);
  expect(store.calls.filter(({ operation }) => operation === 'get').map(({ key }) => key)).toEqual([
    'snapshot/2_1/1/plan.json',
    'snapshot/1_1/1/plan.json',
  ]);
});

test('the requests of a copy are read from its plan, also where an older version wrote them into the reason', async () => {
  const store = new MemoryStore();
  const plan = {
    tableId: '1_1',
    table: 'public.items',
    schema: 'x',
    consistentPoint: '0/1',
    epoch: 1,
    filenodes: [],
    ranges: [],
    estimatedRows: 0,
    createdAt: '2026-01-01T00:00:00Z',
  };
  await putPlan(store, { ...plan, generation: 1, reason: 'first copy' });
  await putPlan(store, { ...plan, generation: 2, reason: 'asked for [a1]; column "x" [y] changed [b2]' });
  await putPlan(store, { ...plan, generation: 3, reason: 'column "x" [y] changed', requests: ['c3'] });
  const known = await knownGenerations(new SnapshotLog(store), true);
  expect(known.map(({ requests }) => requests)).toEqual([[], ['a1', 'y', 'b2'], ['c3']]);
});
