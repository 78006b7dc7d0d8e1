import { execFile } from 'node:child_process';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startPostgres } from '../../cli/demo/postgres-server.ts';
import { createPipeline } from '../support/pipeline.ts';
import { answerOf } from './answer-of.ts';
import type { OldTree } from './old-tree.ts';
import { CHANGES, FIRST_ROWS, TABLES } from './small-world.ts';

const LARGEST_BYTES = 1_000_000;
const run = promisify(execFile);

/**
 * Lets a version replicate the small world, and keeps its lake, its warehouse and the rows of the
 * source in `test/upgrade/<version>/`. Returns what it made.
 */
export async function makeFixture(tree: OldTree): Promise<string> {
  const target = path.join(import.meta.dirname, tree.version);
  await using server = await startPostgres();
  await using pipeline = createPipeline({ source: server.url, bin: tree.bin });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(FIRST_ROWS);

  const running = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await running.event('ready');
  await answerOf(pipeline, ['await', '--now', '--timeout', '120s']);
  for (const change of CHANGES) await client.query(change);
  await answerOf(pipeline, ['await', '--now', '--timeout', '120s']);
  await answerOf(pipeline, ['verify']);
  running.kill('SIGTERM');
  const { code, stderr } = await running.ended();
  if (code !== 0) throw new Error(`run ended with ${code}: ${stderr.slice(-1000)}`);

  const tables: Record<string, string[]> = {};
  for (const { table, source } of TABLES) {
    const { rows } = await client.query<{ line: string }>(source);
    tables[table] = rows.map(({ line }) => line).toSorted();
  }
  await client.end();

  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const archives = [
    ['lake.tar.gz', pipeline.lake],
    ['warehouse.tar.gz', pipeline.warehouse],
  ] as const;
  for (const [name, place] of archives)
    await run('tar', ['--create', '--gzip', '--file', path.join(target, name), '--directory', place, '.']);
  const made = { version: tree.version, commit: tree.commit, tables };
  await writeFile(path.join(target, 'made.json'), `${JSON.stringify(made, null, 2)}\n`);
  const sizes = await Promise.all(archives.map(async ([name]) => (await stat(path.join(target, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > LARGEST_BYTES) throw new Error(`${target} has ${total} bytes, more than ${LARGEST_BYTES}`);
  return `test/upgrade/${tree.version}: ${total} bytes, made by ${tree.commit}`;
}
