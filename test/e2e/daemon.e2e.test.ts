import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';

const BIN = path.join(import.meta.dirname, '../../bin/tailrace.js');

/**
 * A pipeline under `run` that is live, for as long as its scope. Its standard error goes to the
 * file `stderr`.
 */
async function livingRun(stderr: string) {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createDatabase());
  await database.query('CREATE TABLE items (id int PRIMARY KEY)');
  const pipeline = stack.use(createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } }));
  const fd = openSync(stderr, 'a');
  const run = spawn(process.execPath, [BIN, 'run', '--sql-port', '0', '--http-port', '0'], {
    env: {
      ...process.env,
      TAILRACE_SOURCE: database.url,
      TAILRACE_LAKE: pipeline.lake,
      TAILRACE_WAREHOUSE: pipeline.warehouse,
      TAILRACE_SOURCE_HEARTBEAT: '1s',
    },
    stdio: ['ignore', 'pipe', fd],
  });
  closeSync(fd);
  stack.defer(() => void run.kill('SIGKILL'));
  const { stdout } = run;
  if (stdout === null) throw new Error('its standard output is not a pipe');
  const lines = createInterface({ input: stdout });
  await new Promise<void>((live) => lines.on('line', (line) => void (line.includes('"live"') && live())));
  return {
    run,
    stdout,
    /** Rows of a table made now, once they are applied. */
    async follows(table: string): Promise<string> {
      await database.query(`CREATE TABLE ${table} (id int PRIMARY KEY)`);
      await database.query(`INSERT INTO ${table} SELECT generate_series(1, 7)`);
      const applied = await pipeline.cli(['await', '--now']);
      return applied.code === 0 ? (await pipeline.cli(['sql', `SELECT count() FROM public.${table}`])).stdout : applied.stderr;
    },
    async stop(): Promise<number | null> {
      const ended = once(run, 'exit');
      run.kill('SIGTERM');
      await ended;
      return run.exitCode;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test('a run continues when no one reads its events any more', async () => {
  await using living = await livingRun('/dev/null');
  living.stdout.destroy();
  // A new table is news for standard output.
  expect(await living.follows('first')).toBe('7\n');
  expect(await living.follows('second')).toBe('7\n');
  expect(await living.stop()).toBe(0);
});

test('a run without a terminal continues after SIGHUP, as under nohup', async () => {
  await using living = await livingRun('/dev/null');
  living.run.kill('SIGHUP');
  expect(await living.follows('later')).toBe('7\n');
  expect(await living.stop()).toBe(0);
});

test('a run continues when its log cannot be written', async () => {
  await using living = await livingRun('/dev/full');
  expect(await living.follows('later')).toBe('7\n');
  expect(await living.stop()).toBe(0);
});
