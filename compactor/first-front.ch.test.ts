import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { pageKey } from '../lake/keys.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import type { CatalogEvent } from '../lake/manifest.ts';
import { encodePage, MANIFESTS_PER_PAGE } from '../lake/pages/manifest-page.ts';
import { readPage } from '../lake/pages/pages.ts';
import { DirectoryStore } from '../lake/store/directory-store.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { LakeWriter, tableSchema } from '../test/support/lake-writer.ts';
import { ageLake } from '../test/support/pages/aged-lake.ts';
import { scratch } from '../test/support/scratch.ts';
import { putBase } from '../test/support/warehouse/lake-base.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const COLUMNS = { id: { kind: 'int4' } } as const;
const SCHEMAS = ['based', 'copied', 'waiting', 'misfit', 'gone'].map((name, index) =>
  tableSchema({ oid: 6101 + index, name, columns: COLUMNS, key: ['id'] }),
);
const [based, copied, waiting, misfit, gone] = SCHEMAS as [Schema, Schema, Schema, Schema, Schema];
type Schema = ReturnType<typeof tableSchema>;

function fact(kind: CatalogEvent['kind'], schema: Schema): CatalogEvent {
  return { kind, table: `public.${schema.name}`, tableId: schema.tableId, ...(kind === 'held' ? { reason: 'no such column' } : {}) };
}

/** A manifest of the first page gets a text that is none. */
async function damage(store: ObjectStore, number: number): Promise<void> {
  const lines = [...(await readPage(store, 0, MANIFESTS_PER_PAGE))];
  lines[number - 1] = Buffer.from('{"catalog":[],"damaged":true}');
  await store.delete(pageKey(0));
  await store.put(pageKey(0), encodePage(lines));
}

test('a new warehouse of an old lake begins at its bases, and knows of tables that have none', async () => {
  await using folder = await scratch('old');
  const store = new DirectoryStore(folder.path);
  const young = await LakeWriter.open(store);
  await young.copy(based, { generation: 1, lsn: 5n }, [[{ id: '1' }]]);
  await young.batch([], { to: 10n, catalog: [fact('published', waiting), fact('published', misfit), fact('published', gone)] });
  await young.batch([], { to: 20n, catalog: [fact('held', misfit), fact('dropped', gone)] });
  await young.batch([await young.file(based, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '2' } }])]);
  await ageLake(store, new ManifestLog(store, silentLogger()), 2 * MANIFESTS_PER_PAGE + 3);
  await putBase(store, based, { lsn: 5000n }, [[{ id: '1' }, { id: '2' }]]);
  await damage(store, 500);
  const lake = await LakeWriter.open(store);
  await lake.copy(copied, { generation: 1, lsn: 6000n }, [[{ id: '7' }]]);
  await lake.batch([await lake.file(copied, [{ op: 'I', lsn: 6001n, ordinal: 1, row: { id: '8' } }])]);
  await lake.batch([await lake.file(based, [{ op: 'I', lsn: 6002n, ordinal: 1, row: { id: '3' } }])]);
  await using bench = await warehouseBench({ lake });
  const { tables } = await bench.settle();
  expect(Object.fromEntries(tables.map(({ table, state }) => [table, state]))).toEqual({
    'public.based': 'live',
    'public.copied': 'live',
    'public.waiting': 'waiting',
    'public.misfit': 'parked',
    'public.gone': 'dropped',
  });
  expect(await bench.rows('SELECT id FROM public.based ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(await bench.rows('SELECT id FROM public.copied ORDER BY id')).toEqual([{ id: 7 }, { id: 8 }]);
});
