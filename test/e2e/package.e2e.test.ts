import { execFile } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { startClickhouse } from '../support/servers/clickhouse-front.ts';
import { scratch } from '../support/scratch.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);
const NO_ENGINE =
  'ENGINE_MISSING: the embedded engine cannot be loaded: the package chdb is not installed. Use the image tailrace instead of tailrace-slim, or run `npm install` without --omit=optional; it needs glibc. Or give --warehouse the URL of a ClickHouse server.';

/** The package as npm packs it. */
interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

async function pack(folder: string): Promise<Packed> {
  const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], { cwd: ROOT });
  // The build of `prepack` may print before the JSON.
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as Packed[];
  if (packed === undefined) throw new Error('npm packed nothing');
  return packed;
}

/**
 * Lays the packed package into `folder` as npm would, beside the dependencies that it declares and
 * no others, leaving out `without`. Resolves with its program.
 */
async function installInto(folder: string, { filename }: Packed, without: readonly string[] = []): Promise<string> {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'tailrace'), { recursive: true });
  await run('tar', ['-xzf', join(folder, filename), '-C', join(modules, 'tailrace'), '--strip-components=1']);
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  for (const name of Object.keys(manifest.dependencies).filter((dependency) => !without.includes(dependency))) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  return join(modules, 'tailrace/bin/tailrace.js');
}

test('the packed package is whole and runs elsewhere, with the dependencies that it declares', { timeout: 600_000 }, async () => {
  await using folder = await scratch('tailrace-package');
  const packed = await pack(folder.path);
  const paths = packed.files.map((file) => file.path);
  expect(paths.filter((file) => /\.(?:test|contract)\.|\.ts$|^(?:dist\/)?(?:test|deploy)\//.test(file))).toEqual([]);
  const read = globSync(['warehouse-sql/**/*.*', '{monitor,watcher}-page/*', 'postgres/**/*.sql'], { cwd: ROOT }).filter(
    (file) => !file.endsWith('.ts'),
  );
  expect(read.length).toBeGreaterThan(150);
  expect(read.filter((file) => !paths.includes(file))).toEqual([]);
  const { sources, sourcesContent } = JSON.parse(readFileSync(join(ROOT, 'dist/cli/main.js.map'), 'utf8'));
  expect([sources, sourcesContent]).toEqual([['../../cli/main.ts'], [readFileSync(join(ROOT, 'cli/main.ts'), 'utf8')]]);

  const bin = await installInto(folder.path, packed);
  await using database = await createDatabase();
  await database.query('CREATE TABLE items (id int PRIMARY KEY, name text); INSERT INTO items VALUES (1, $$one$$)');
  await using pipeline = createPipeline({ source: database.url, bin });
  expect(await pipeline.cli(['--version'])).toMatchObject({ code: 0, stderr: '' });

  const running = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  const ready = await running.event('ready');
  await running.event('live');
  await database.query('INSERT INTO items VALUES (2, $$two$$)');
  expect(await pipeline.cli(['await', '--now'])).toMatchObject({ code: 0 });
  expect(await pipeline.cli(['sql', 'SELECT name FROM public.items ORDER BY id'])).toMatchObject({ code: 0, stdout: 'one\ntwo\n' });
  expect(await pipeline.cli(['verify'])).toMatchObject({ code: 0 });
  const page = await fetch(String(ready['page']));
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('</html>')]);
});

test('without the package chdb everything runs, except an embedded warehouse', { timeout: 600_000 }, async () => {
  await using folder = await scratch('tailrace-package');
  const bin = await installInto(folder.path, await pack(folder.path), ['chdb']);
  await using database = await createDatabase();
  await database.query('CREATE TABLE items (id int PRIMARY KEY, name text); INSERT INTO items VALUES (1, $$one$$)');
  await using server = await startClickhouse();
  await using pipeline = createPipeline({ source: database.url, bin, warehouse: server.url });
  const models = join(folder.path, 'models');
  mkdirSync(join(models, 'marts'), { recursive: true });
  writeFileSync(join(models, 'marts/names.sql'), 'SELECT id, name FROM public.items');
  const roles = [
    pipeline.start(['replicate']),
    pipeline.start(['snapshot']),
    pipeline.start(['compact']),
    pipeline.start(['transform', '--models', models]),
    pipeline.start(['monitor', '--http-port', '0']),
  ];
  for (const role of roles) await role.event('ready');
  await eventually(async () => (await pipeline.cli(['await', '--now'])).code === 0, 'the copy');
  expect(await pipeline.cli(['verify'])).toMatchObject({ code: 0 });
  const embedded = await pipeline.cli(['compact', '--warehouse', join(folder.path, 'warehouse')]);
  expect(embedded).toMatchObject({ code: 2, stderr: expect.stringContaining(NO_ENGINE) });
  for (const role of roles) role.kill('SIGTERM');
  for (const role of roles) expect(await role.ended()).toMatchObject({ code: 0 });
});
