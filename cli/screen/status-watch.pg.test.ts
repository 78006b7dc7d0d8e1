import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createPipeline } from '../../test/support/pipeline.ts';
import { createDatabase } from '../../test/support/postgres.ts';

const SCRIPT_MISSING = 'script is not there: apt-get install bsdutils';

test('on a terminal status --watch shows the worst tables that fit, counts the others, and ends with q', async ({ skip }) => {
  skip(spawnSync('script', ['--version']).status !== 0, SCRIPT_MISSING);
  await using database = await createDatabase();
  for (let n = 0; n < 30; n += 1) await database.query(`CREATE TABLE t${n} (id int PRIMARY KEY)`);
  await using pipeline = createPipeline({ source: database.url });
  const replicate = pipeline.start(['replicate']);
  await replicate.event('ready');
  const bin = path.join(import.meta.dirname, '../../bin/tailrace.js');
  // script(1) gives it a terminal, of 24 lines.
  const command = `stty rows 24 cols 120; '${process.execPath}' '${bin}' status --watch`;
  const env = { ...process.env, TAILRACE_SOURCE: database.url, TAILRACE_LAKE: pipeline.lake, TAILRACE_WAREHOUSE: pipeline.warehouse };
  const terminal = spawn('script', ['-qfec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  const shown = Promise.withResolvers<void>();
  terminal.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('q: quit')) shown.resolve();
  });
  await shown.promise;
  const lines = said.split('\r\n');
  const listed = lines.filter((line) => line.startsWith('public.t')).length;
  expect(lines.find((line) => line.endsWith(' more'))).toBe(`${30 - listed} more`);
  expect(lines.length).toBeLessThanOrEqual(24);
  terminal.stdin.write('q');
  const [code] = (await once(terminal, 'exit')) as [number];
  // Tables without a copy are not within their promise.
  expect(code).toBe((await pipeline.cli(['status'])).code);
});
