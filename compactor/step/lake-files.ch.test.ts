import { cp, mkdir } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { scratch } from '../../test/support/scratch.ts';
import { startS3Server } from '../../test/support/servers/versitygw.ts';
import { WAREHOUSE_ID, warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { openContext } from '../open-context.ts';

const folder = await scratch('lake-paths');
const server = await startS3Server();
Object.assign(process.env, server?.environment);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Legal names of folders. Some are patterns that fit others of them. */
const FOLDERS = [
  'env=prod',
  'env=prod/tags=x',
  'a*b',
  'a?b',
  'a{b',
  'a}b',
  'a{b}c',
  'a{1,2}',
  'a{1..3}b',
  'a,b',
  'a|b',
  'a[b]',
  '[0-9]',
  'a(b)+',
];
const MORE = [
  'a{b$c',
  'a?b^c',
  '$',
  '^*',
  '{}',
  'a.zip::b',
  'a.tar :: {b',
  'a b',
  "it's",
  '"',
  'a\\b',
  'a\\{b',
  'a%20b',
  '100%',
  'ü {é}',
  '日本*',
  'a\nb',
];
/** Legal prefixes of objects that the engine reads over a URL. */
const PREFIXES = [
  'env=prod',
  'a b',
  '100%',
  'a%20b',
  'a%2Fb',
  'ü',
  '日本',
  'a+b',
  'a#b',
  'a&b=c;d',
  'a[b]|c',
  "it's",
  'a\\b',
  'a.zip::b',
  'x$^~!@(y)',
];

/** Columns that are called like parts of the paths. */
const orders = tableSchema({
  oid: 7101,
  name: 'orders',
  columns: { id: { kind: 'int4' }, env: { kind: 'text' }, tags: { kind: 'text' } },
  key: ['id'],
});

/**
 * Copied chunks, several files of one step, an unchanged value: all ways in which the engine reads
 * files.
 */
async function expectRight(store: ObjectStore): Promise<void> {
  await using bench = await warehouseBench({ store });
  const { lake } = bench;
  await lake.copy(orders, { generation: 1, lsn: 10n }, [[{ id: '1', env: 'dev', tags: 'a' }], [{ id: '2', env: 'test', tags: 'b' }]]);
  await bench.settle();
  await lake.batch([
    await lake.file(orders, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '3', env: 'dev', tags: 'c' } }]),
    await lake.file(orders, [{ op: 'U', lsn: 21n, ordinal: 1, row: { id: '1', env: undefined, tags: 'd' } }]),
  ]);
  await lake.batch([await lake.file(orders, [{ op: 'I', lsn: 30n, ordinal: 1, row: { id: '4', env: 'qa', tags: 'e' } }])]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
  expect(await bench.rows('SELECT * FROM public.orders ORDER BY id')).toEqual([
    { id: 1, env: 'dev', tags: 'd' },
    { id: 2, env: 'test', tags: 'b' },
    { id: 3, env: 'dev', tags: 'c' },
    { id: 4, env: 'qa', tags: 'e' },
  ]);
}

test.each([...FOLDERS, ...MORE])(
  'a lake in a folder %j is read literally, beside another lake that its name matches as a pattern',
  async (name) => {
    const beside = name.replace(/[{}*?,|[\]()$^]/g, 'x');
    // Its files have the same names.
    if (beside !== name) await cp(`${folder.path}/${FOLDERS[0]}`, `${folder.path}/${beside}`, { recursive: true });
    await expectRight(new DirectoryStore(`${folder.path}/${name}`));
  },
);

test.skipIf(server === null).each(PREFIXES)('a lake below the prefix %j of a bucket is read literally', async (name) => {
  await expectRight(await openStore(`s3://${server?.bucket}/${randomBytes(4).toString('hex')}/${name}`));
});

test('a lake that the engine cannot reach is refused by name at the start', async () => {
  const path = `${folder.path}/locked/{lake}`;
  await mkdir(path, { recursive: true });
  const lake = await LakeWriter.open(new DirectoryStore(path));
  await using engine = await EmbeddedEngine.open({ directory: `${folder.path}/warehouse`, log: silentLogger() });
  const blind: Engine = {
    traits: engine.traits,
    exec: (sql: string) => engine.exec(sql),
    execTogether: (statements) => engine.execTogether(statements),
    query: <T extends object>(sql: string) => engine.query<T>(sql.replaceAll('locked', 'elsewhere')),
    read: engine.read.bind(engine),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const opened = openContext({
    store: lake.store,
    engine: blind,
    warehouseId: WAREHOUSE_ID,
    log: silentLogger(),
    signal: new AbortController().signal,
    limits: { stepRows: 1000, stepBytes: 1 << 20 },
  });
  await expect(opened).rejects.toThrow(/LAKE_UNREADABLE: .*\{lake\}/);
});
