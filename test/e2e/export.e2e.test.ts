import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { collect } from '../support/collect.ts';
import { readExport } from '../support/export-reader.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];
const SCHEMA = `create table orders (id int primary key, state text, total numeric(10, 2) not null, raw bytea, took time);
  insert into orders select i, (array['new', 'paid', null])[1 + i % 3], i / 4.0, '\\xff00', '10:00' from generate_series(1, 3000) i;`;

interface Facts {
  readonly status: string;
  readonly lsn: string;
  readonly rows: number;
  readonly files: number;
}

test('a table is exported once for each position, also by exporters that are killed or race', { timeout: 600_000 }, async () => {
  await using database = await createDatabase();
  await database.query(SCHEMA);
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1h' } });
  const run = pipeline.start(['run', ...PORTS]);
  await run.event('live');
  const place = new DirectoryStore(path.join(pipeline.folder, 'out'));
  const args = ['export', 'public.orders', '--to', 'out', '--partition', 'state', '--json'];
  const exported = async (env: Record<string, string> = {}): Promise<Facts> => {
    const done = await pipeline.cli(args, env);
    expect(done).toMatchObject({ code: 0 });
    return JSON.parse(done.stdout) as Facts;
  };
  const manifests = async (): Promise<string[]> =>
    (await collect(place.list(''))).map(({ key }) => key).filter((key) => key.endsWith('manifest.json'));

  for (const [failpoint, left] of [
    ['export-file-put:2', 0],
    ['export-manifest-put', 1],
  ] as const) {
    const killed = await pipeline.cli(args, { TAILRACE_FAILPOINT: failpoint });
    expect(killed.signal).toBe('SIGKILL');
    expect(await manifests()).toHaveLength(left);
    expect(await place.get('public.orders/latest.json')).toBeNull();
  }
  const repaired = await exported();
  expect(repaired).toMatchObject({ rows: 3000, files: 3 });
  const { manifest, rows } = await readExport(place, 'public.orders');
  expect(manifest.lsn).toBe(repaired.lsn);
  expect(rows.find(({ id }) => id === 7)).toEqual({ id: 7, state: 'paid', total: 1.75, raw: '\\xff00', took: '10:00:00.000000' });
  expect((await collect(place.list('public.orders/'))).length).toBe(3 + 2);

  await database.query('update orders set total = total + 1');
  expect(await pipeline.cli(['await', '--now'])).toMatchObject({ code: 0 });
  const both = await Promise.all([exported(), exported()]);
  expect(both.map(({ status }) => status)).toContain('exported');
  const second = await readExport(place, 'public.orders');
  expect(second.rows.reduce((sum, { total }) => sum + Number(total), 0)).toBe((3000 * 3001) / 8 + 3000);

  const history = await pipeline.cli([
    'sql',
    "SELECT status, rows, files, error_code FROM tailrace.exports WHERE status = 'exported' LIMIT 1",
  ]);
  expect(history).toMatchObject({ code: 0, stdout: 'exported\t3000\t3\t\n' });
  mkdirSync(path.join(pipeline.folder, 'taken'));
  writeFileSync(path.join(pipeline.folder, 'taken/notes.txt'), 'x');
  for (const [wrong, code, says] of [
    [['public.orders', '--to', 'taken'], 2, 'EXPORT_TAKEN'],
    [['public.orders', '--to', pipeline.lake], 2, 'EXPORT_TAKEN'],
    [['public.orders', '--to', 'http://somewhere'], 2, 'BAD_ARGUMENT'],
    [['public.orders'], 2, 'BAD_ARGUMENT'],
    [['public.orders', '--to', 'out', '--keep', '0'], 2, 'BAD_ARGUMENT'],
    [['public.orders', '--to', 'fresh', '--partition', 'nothing'], 2, 'BAD_ARGUMENT'],
    [['public.nothing', '--to', 'out'], 2, 'NO_SUCH_TABLE'],
    [['orders', '--to', 'out'], 2, 'NO_SUCH_TABLE'],
  ] as const) {
    const done = await pipeline.cli(['export', ...wrong]);
    expect(done).toMatchObject({ code, stderr: expect.stringContaining(`${says}:`) as string });
  }
  run.kill('SIGTERM');
  await run.ended();
  expect(await pipeline.cli(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('NOT_RUNNING:') as string });
});
