import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { ManifestLog } from '../manifest-log.ts';
import { readSchemaHistory, versionText } from './schema-history.ts';

const ID = { id: { kind: 'int4' } } as const;
const first = tableSchema({ oid: 1, name: 'items', columns: ID, key: ['id'] });
const wider = tableSchema({ oid: 1, name: 'items', columns: { ...ID, note: { kind: 'text' } }, key: ['id'] });
const renamed = { ...wider, name: 'goods' };

const row = (lsn: bigint) => [{ op: 'I' as const, lsn, ordinal: 1, row: { id: String(lsn) } }];

async function versions(store: MemoryStore): Promise<string[][]> {
  const history = await readSchemaHistory(store, new ManifestLog(store, silentLogger()));
  return history.tables.map((some) => some.map((version) => `${versionText(version)} ${version.lsn}`));
}

test('versions count from the copy on, in the order of positions, and go on over a rename and back', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  await lake.copy(first, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  expect(await versions(store)).toEqual([['public.items@1 0/A']]);
  await lake.batch([await lake.file(first, row(20n))]);
  await lake.batch([await lake.file(wider, row(30n))]);
  await lake.batch([], {
    catalog: [{ kind: 'schema', table: 'public.goods', tableId: renamed.tableId, schema: await lake.schema(renamed) }],
    to: 40n,
  });
  await lake.batch([await lake.file(first, row(50n))]);
  expect(await versions(store)).toEqual([['public.items@1 0/A', 'public.items@2 0/1E', 'public.goods@3 0/28', 'public.items@4 0/32']]);
});

test('a table that is created again continues the versions of its name, and one that takes the name of a renamed table begins at @1', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  const published = async (schema: typeof first, to: bigint, epoch = 1) =>
    lake.batch([], {
      catalog: [{ kind: 'published', table: `public.${schema.name}`, tableId: schema.tableId, schema: await lake.schema(schema) }],
      to,
      epoch,
    });
  await published(first, 10n);
  await published(renamed, 20n);
  await published(tableSchema({ oid: 2, name: 'items', columns: ID, key: ['id'] }), 30n);
  await published(tableSchema({ oid: 3, name: 'items', columns: { ...ID, more: { kind: 'date' } }, key: ['id'] }), 40n);
  await published(tableSchema({ oid: 3, epoch: 2, name: 'items', columns: { ...ID, more: { kind: 'date' } }, key: ['id'] }), 50n, 2);
  expect(await versions(store)).toEqual([
    ['public.items@1 0/A', 'public.goods@2 0/14'],
    ['public.items@1 0/1E', 'public.items@2 0/28'],
  ]);
});

test('columns that nothing explains are no version', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  await lake.batch([await lake.file({ ...first, explained: false }, [{ op: 'I', lsn: 5n, ordinal: 1, row: { id: '1' } }])]);
  expect(await versions(store)).toEqual([]);
});
