import { expect, test } from 'vitest';
import { putRequest, putStage } from '../../lake/control.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { CopyWatch } from './await-copies.ts';

test('a copy that is whole before the first look is waited for', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  const schema = tableSchema({ oid: 7, name: 't', columns: { id: { kind: 'int4' } }, key: ['id'] });
  await lake.copy(schema, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  const id = await putRequest(store, { kind: 'resync', table: 'public.t', tableId: null, reason: 'asked for' });
  const watch = await CopyWatch.open(store);
  await lake.copy(schema, { generation: 2, lsn: 20n }, [[{ id: '1' }]]);
  await putStage(store, { id, stage: 'done' }, { ok: true });
  expect(await watch.look()).toEqual({ requested: [], finished: new Map([[schema.tableId, 2]]) });
});
