import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { putBase, sweepBelow } from '../../test/support/warehouse/lake-base.ts';
import { historyListing, historyText } from './history-listing.ts';

const items = tableSchema({ oid: 1, name: 'items', columns: { id: { kind: 'int4' } }, key: ['id'] });

test('the listing tells the bases, and for each table from which batch on the lake has its changes', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  const log = new ManifestLog(store, silentLogger());
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await lake.batch([await lake.file(items, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '2' } }])]);
  await lake.batch([await lake.file(items, [{ op: 'I', lsn: 30n, ordinal: 1, row: { id: '3' } }])]);
  const listed = async (globs: readonly string[] | null): Promise<string[]> => historyText(await historyListing(store, log, globs));
  expect(await listed(null)).toEqual(['bases: 0', '', 'history: from the first batch on']);
  await sweepBelow(store, await putBase(store, items, { lsn: 31n }, [[{ id: '1' }, { id: '2' }, { id: '3' }]]));
  const lines = await listed(null);
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['bases: 1'],
    ['table', 'base', 'point', 'batch', 'rows', 'size'],
    ['public.items', '1_1 b1', '0/1F', '2', '3', expect.any(String), 'proven by rebuild'],
    [''],
    ['history: from the first batch on, except for these tables'],
    ['table', 'id', 'from batch', 'position', 'after the commit of', 'held by'],
    ['public.items', '1_1', '3', '0/1F', '2026-01-01T00:00:02.000000Z', 'test'],
  ]);
  expect(await listed(['public.other'])).toEqual(['bases: 0', '', 'history: from the first batch on']);
});
