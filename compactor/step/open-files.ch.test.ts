import { rename, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { putDone } from '../../lake/snapshot-log.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import type { FileEntry } from '../../lake/manifest.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { scratch } from '../../test/support/scratch.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import type { Engine } from '../../warehouse/engine.ts';

const items = tableSchema({ oid: 2201, name: 'items', columns: { id: { kind: 'int4' } }, key: ['id'] });
const others = tableSchema({ oid: 2202, name: 'others', columns: { id: { kind: 'int4' } }, key: ['id'] });

const insert = (lake: LakeWriter, schema: typeof items, lsn: bigint): Promise<FileEntry> =>
  lake.file(schema, [{ op: 'I', lsn, ordinal: 1, row: { id: String(lsn) } }]);

/** An engine that is asked to count the rows of files in another way, or later. */
function counting(engine: Engine, count: <T>(query: () => Promise<T[]>) => Promise<T[]>): Engine {
  return {
    traits: engine.traits,
    exec: (sql) => engine.exec(sql),
    execTogether: (statements) => engine.execTogether(statements),
    query: <T extends object>(sql: string) =>
      sql.includes('uniqExactIf(_tr_f._path') ? count(() => engine.query<T>(sql)) : engine.query<T>(sql),
    read: (request) => engine.read(request),
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

test('a count that falls short once is repeated, and parks no table', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await bench.settle();
  await lake.batch([await insert(lake, items, 20n), await insert(lake, items, 21n)]);
  let counted = 0;
  const short = counting(bench.engine, async (query) => {
    counted += 1;
    const found = await query();
    return counted === 1 ? found.map((row) => ({ ...row, rows: '1' })) : found;
  });
  expect((await bench.settle(short)).tables).toMatchObject([{ state: 'live', error: null }]);
  expect(counted).toBe(2);
  expect(await bench.rows('SELECT count() AS n FROM public.items')).toEqual([{ n: '3' }]);
});

test('an object that differs from what was written is named with the defect, and other tables continue', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  const { location } = lake.store;
  if (location.kind !== 'directory') throw new Error('the lake is no directory');
  for (const schema of [items, others]) await lake.copy(schema, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await bench.settle();
  const [whole, cut, altered] = [await insert(lake, items, 20n), await insert(lake, items, 21n), await insert(lake, others, 22n)];
  await lake.batch([whole, cut, altered]);
  await writeFile(`${location.path}/${cut.path}`, (await lake.store.get(cut.path))?.subarray(0, 500) ?? '');
  await writeFile(`${location.path}/${altered.path}`, (await lake.store.get(altered.path))?.fill(0, -20) ?? '');
  expect((await bench.settle()).tables).toMatchObject([
    {
      table: 'public.items',
      state: 'parked',
      error: { code: 'LAKE_CORRUPT', message: expect.stringContaining(`${cut.path} has 500 bytes, not ${cut.bytes}`) },
    },
    {
      table: 'public.others',
      state: 'parked',
      error: { code: 'LAKE_CORRUPT', message: expect.stringContaining(`${altered.path} differs from what was written`) },
    },
  ]);
});

test('a lake that goes away while a step is read parks no table', async () => {
  await using folder = await scratch('away');
  const place = `${folder.path}/lake`;
  const engine = await EmbeddedEngine.open({ directory: `${folder.path}/warehouse`, log: silentLogger() });
  await using bench = await warehouseBench({ lake: await LakeWriter.open(new DirectoryStore(place)), engine });
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await bench.settle();
  await lake.batch([await insert(lake, items, 20n)]);
  let gone = false;
  const unmounting = counting(bench.engine, async (query) => {
    if (!gone) await rename(place, `${place}-away`);
    gone = true;
    return query();
  });
  await expect(bench.settle(unmounting)).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  await rename(`${place}-away`, place);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
  expect(await bench.rows('SELECT count() AS n FROM public.items')).toEqual([{ n: '2' }]);
});

test('a copy whose done.json names fewer chunks than are loaded ends: the process that woke and ended it had been replaced', async () => {
  await using bench = await warehouseBench();
  const { lake } = bench;
  await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1' }], [{ id: '2' }], [{ id: '2' }]], { done: false });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'copying' }]);
  await putDone(lake.store, { tableId: items.tableId, generation: 1, chunks: 2, rows: 2 });
  await lake.batch([], { to: 20n });
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', generation: 1 }]);
  expect(await bench.rows('SELECT id FROM public.items ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
});
