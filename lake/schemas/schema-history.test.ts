import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { ageLake } from '../../test/support/pages/aged-lake.ts';
import { collect } from '../../test/support/collect.ts';
import { factsIndexKey, pageKey, pageNumber } from '../keys.ts';
import { ManifestLog } from '../manifest-log.ts';
import { tapLines } from '../tap/tap.ts';
import { readSchemaHistory, versionText } from './schema-history.ts';

const ID = { id: { kind: 'int4' } } as const;
const first = tableSchema({ oid: 1, name: 'items', columns: ID, key: ['id'] });
const wider = tableSchema({ oid: 1, name: 'items', columns: { ...ID, note: { kind: 'text' } }, key: ['id'] });
const renamed = { ...wider, name: 'goods' };

const row = (lsn: bigint) => [{ op: 'I' as const, lsn, ordinal: 1, row: { id: String(lsn) } }];

const isPage = (key: string): boolean => pageNumber(key) !== null;

/** Key of facts that were put for a manifest. */
const facts = (number: number): string => factsIndexKey('a'.repeat(32), number);

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
  await lake.batch([await lake.file(wider, row(30n))], { catalog: [await lake.event('schema', wider)] });
  // A part of a transaction that began before the change.
  await lake.batch([await lake.file(first, row(35n))]);
  await lake.batch([], { catalog: [await lake.event('schema', renamed)], to: 40n });
  await lake.batch([await lake.file(first, row(50n))], { catalog: [await lake.event('schema', first)] });
  expect(await versions(store)).toEqual([['public.items@1 0/A', 'public.items@2 0/1E', 'public.goods@3 0/28', 'public.items@4 0/32']]);
});

test('a table that is created again continues the versions of its name, and one that takes the name of a renamed table begins at @1', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  const published = async (schema: typeof first, to: bigint, epoch = 1) =>
    lake.batch([], { catalog: [await lake.event('published', schema)], to, epoch });
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
  const unexplained = { ...first, explained: false };
  await lake.batch([await lake.file(unexplained, row(5n))], { catalog: [await lake.event('resync', unexplained)] });
  expect(await versions(store)).toEqual([]);
});

test('versions of an old lake, and a tap that begins late in it, read pages where the source changed and where they search', async () => {
  const memory = new MemoryStore();
  const lake = await LakeWriter.open(memory);
  await lake.batch([await lake.file(first, row(10n))], { catalog: [await lake.event('schema', first)], facts: facts(1) });
  await lake.batch([], { catalog: [await lake.event('schema', wider)], facts: facts(2) });
  await ageLake(memory, new ManifestLog(memory, silentLogger()), 40_003);
  const young = await LakeWriter.open(memory);
  await young.batch([await young.file(renamed, row(90_000n))], { catalog: [await young.event('schema', renamed)], facts: facts(40_004) });
  const store = new FaultyStore(memory);
  const pages = (): Set<string> => new Set(store.calls.flatMap(({ operation, key }) => (operation === 'get' ? [key] : [])).filter(isPage));
  const history = await readSchemaHistory(store, new ManifestLog(store, silentLogger()));
  expect(history.tables.map((some) => some.map(versionText))).toEqual([['public.items@1', 'public.items@2', 'public.goods@3']]);
  expect([...pages()]).toEqual([pageKey(0)]);
  const options = { from: 89_000n, to: 90_001n, tables: [], log: silentLogger(), signal: new AbortController().signal } as const;
  expect(await collect(tapLines({ ...options, store }))).toEqual([expect.stringContaining('"schema":"public.goods@3"')]);
  // Those of a search among forty, and the first.
  expect(pages().size).toBeLessThanOrEqual(7);
});
