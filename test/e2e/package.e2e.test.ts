import { execFile } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { scratch } from '../support/scratch.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

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
 * no others. Resolves with its program.
 */
async function installInto(folder: string, { filename }: Packed): Promise<string> {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'tailrace'), { recursive: true });
  await run('tar', ['-xzf', join(folder, filename), '-C', join(modules, 'tailrace'), '--strip-components=1']);
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  for (const name of Object.keys(manifest.dependencies)) {
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
