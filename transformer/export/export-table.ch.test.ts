import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { parseLsn } from '../../core/lsn.ts';
import { readExport } from '../../test/support/export-reader.ts';
import { scratch } from '../../test/support/scratch.ts';
import type { Scratch } from '../../test/support/scratch.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import { exportTable } from './export-table.ts';
import type { ExportOptions, ExportSource } from './export-table.ts';
import { openPlace } from './export-place.ts';

let home: Scratch;
let engine: EmbeddedEngine;

beforeAll(async () => {
  home = await scratch('tailrace-export');
  engine = await EmbeddedEngine.open({ directory: join(home.path, 'wh'), log: silentLogger() });
  await engine.exec(
    "CREATE TABLE default.t (id Int64, part Nullable(String), total Decimal(10, 2), at DateTime64(6, 'UTC'), key UUID, took Nullable(Time64(6)), kind Enum8('a' = 1, 'b' = 2), tags Array(Nullable(String)), big UInt128, body String) ENGINE = MergeTree ORDER BY id",
  );
  await engine.exec(
    "INSERT INTO default.t SELECT number, ['x/..', 'ü', '', NULL, '__HIVE_DEFAULT_PARTITION__'][number % 5 + 1], number / 4, toDateTime64('2026-01-01 00:00:00.5', 6, 'UTC') + number, toUUID('00000000-0000-0000-0000-000000000001'), '01:02:03.5', 'b', ['n', NULL], 5, unhex('ff00') FROM numbers(1000)",
  );
  await engine.exec('CREATE TABLE default.none (id Int64) ENGINE = MergeTree ORDER BY id');
}, 60_000);

afterAll(async () => {
  await engine.close();
  await home[Symbol.asyncDispose]();
});

let places = 0;

/** Exports `default.t` to a place of its own. */
async function options(source: Partial<ExportSource> = {}, more: Partial<ExportOptions> = {}): Promise<ExportOptions> {
  places += 1;
  return {
    engine,
    place: await openPlace(join(home.path, `out${places}`), false),
    source: {
      table: 'public.t',
      lsn: parseLsn('0/16B3748'),
      asOf: null,
      from: 'default.t',
      key: ['id'],
      binary: ['body'],
      hidden: [],
      ...source,
    },
    partition: null,
    keep: null,
    ...more,
  };
}

test('an export is its rows as Parquet, and its manifest says which', async () => {
  const at = await options({ asOf: '2026-01-01T00:00:00.000Z' });
  const { status, path } = await exportTable(at);
  expect({ status, path }).toEqual({ status: 'exported', path: 'public.t/00000000016b3748/manifest.json' });
  const { latest, manifest, rows } = await readExport(at.place, 'public.t');
  expect(latest).toMatchObject({ lsn: '0/16B3748', path: '00000000016b3748/manifest.json' });
  expect(manifest).toMatchObject({ format: 1, table: 'public.t', asOf: '2026-01-01T00:00:00.000Z', partition: null, rows: 1000 });
  expect(manifest.columns.map(({ name }) => name)).toEqual(['id', 'part', 'total', 'at', 'key', 'took', 'kind', 'tags', 'big', 'body']);
  expect(rows[6]).toEqual({
    id: 6n,
    part: 'ü',
    total: 1.5,
    at: new Date('2026-01-01T00:00:06.500Z'),
    key: '00000000-0000-0000-0000-000000000001',
    took: '01:02:03.500000',
    kind: 'b',
    tags: ['n', null],
    big: '5',
    body: '\\xff00',
  });
});

test('each value of a partition column is a folder, also one that looks like a path', async () => {
  const at = await options({}, { partition: 'part', fileRows: 70 });
  await exportTable(at);
  const { manifest, rows } = await readExport(at.place, 'public.t');
  const folders = new Set(manifest.files.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
  expect([...folders].toSorted()).toEqual([
    'part=',
    'part=%5F_HIVE_DEFAULT_PARTITION__',
    'part=%C3%BC',
    'part=__HIVE_DEFAULT_PARTITION__',
    'part=x%2F..',
  ]);
  expect(manifest.files).toHaveLength(15);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(1000);
});

test('the same LSN again writes nothing, and elsewhere its files have the same sums', async () => {
  const at = await options({}, { partition: 'part' });
  const first = await exportTable(at);
  const again = await exportTable(at);
  expect(again).toMatchObject({ status: 'unchanged', manifest: first.manifest });
  const elsewhere = await exportTable(await options({}, { partition: 'part' }));
  expect(elsewhere.manifest.files.map(({ sha256 }) => sha256)).toEqual(first.manifest.files.map(({ sha256 }) => sha256));
});

test('of two exporters of one LSN, the slower one finds what the other has exported', async () => {
  const at = await options({}, { partition: 'part' });
  let [reads, first]: [number, string | null] = [0, null];
  const slow = {
    query: engine.query.bind(engine),
    read: async (request: Parameters<typeof engine.read>[0]) => {
      reads += 1;
      if (reads === 3) first = (await exportTable(at)).status;
      return engine.read(request);
    },
  };
  expect(await exportTable({ ...at, engine: slow })).toMatchObject({ status: 'unchanged', manifest: { rows: 1000 } });
  expect(first).toBe('exported');
  expect((await readExport(at.place, 'public.t')).rows).toHaveLength(1000);
});

test('a table without rows is one file without rows', async () => {
  const at = await options({ from: 'default.none', key: [], binary: [] });
  await exportTable(at);
  const { manifest, rows } = await readExport(at.place, 'public.t');
  expect([manifest.files.length, rows]).toEqual([1, []]);
});

test('a place that holds something else is refused by name', async () => {
  for (const foreign of ['notes.txt', 'public.t/notes.txt', 'public.t/0000000000000001/x']) {
    const at = await options();
    const file = join(home.path, `out${places}`, foreign);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, 'x');
    await expect(exportTable(at)).rejects.toMatchObject({ code: 'EXPORT_TAKEN', message: expect.stringContaining(foreign) as string });
  }
  const at = await options();
  await writeFile(join(home.path, `out${places}`), 'x');
  await expect(exportTable(at)).rejects.toMatchObject({ code: 'EXPORT_TAKEN' });
  const other = await options();
  await mkdir(join(home.path, `out${places}`, 'public.t'), { recursive: true });
  await writeFile(join(home.path, `out${places}`, 'public.t/latest.json'), '{"hello": 1}');
  await expect(exportTable(other)).rejects.toMatchObject({ code: 'EXPORT_TAKEN' });
});

test('latest.json never goes back, and older exports go with --keep', async () => {
  const at = await options();
  const run = (lsn: string, keep: number | null = null) => exportTable({ ...at, keep, source: { ...at.source, lsn: parseLsn(lsn) } });
  await Promise.all([run('0/3'), run('0/1'), run('0/2')]);
  expect((await readExport(at.place, 'public.t')).latest.lsn).toBe('0/3');
  expect((await run('0/4', 2)).removed).toBe(2);
  expect((await run('0/2', 1)).removed).toBe(2);
  expect((await readExport(at.place, 'public.t')).latest.lsn).toBe('0/4');
  expect(await readdir(join(home.path, `out${places}`, 'public.t/0000000000000003'))).toEqual([]);
});

test('what an engine answers other than it has counted is an error and no export', async () => {
  const at = await options();
  const lying: ExportOptions['engine'] = {
    query: (sql) => engine.query(sql),
    read: (request) => engine.read({ ...request, sql: `SELECT * FROM (${request.sql}) LIMIT 999` }),
  };
  await expect(exportTable({ ...at, engine: lying })).rejects.toMatchObject({ code: 'EXPORT_FAILED' });
  expect(await at.place.get('public.t/latest.json')).toBeNull();
  await exportTable(at);
  expect((await readExport(at.place, 'public.t')).manifest.rows).toBe(1000);
  expect(await readdir(join(home.path, `out${places}`, 'public.t/00000000016b3748'))).toHaveLength(2);
});

test.each([
  ['nothing', /there is no column "nothing"/],
  ['tags', /column "tags" is Array/],
])('a partition by %s is refused', async (partition, says) => {
  await expect(exportTable(await options({}, { partition }))).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    message: expect.stringMatching(says) as string,
  });
});
