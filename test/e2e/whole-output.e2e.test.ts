import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import type { StatusReport } from '../../monitor/status.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase as Database } from '../support/postgres.ts';
import { readSlowly } from '../support/slow-reader.ts';
import { PROGRAM } from '../support/servers/program.ts';

const TABLES = 800;
/** Two megabytes of text. */
const ROWS = 20_000;
const QUERY = `SELECT number, repeat('x', 100) AS filler FROM numbers(${ROWS})`;

let database: Database;
let pipeline: Pipeline;

beforeAll(async () => {
  database = await createDatabase();
  await database.query(
    `DO $$ BEGIN FOR i IN 1..${TABLES} LOOP EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, v text)', i); END LOOP; END $$`,
  );
  pipeline = createPipeline({ source: database.url });
  await using engine = await EmbeddedEngine.open({ directory: pipeline.warehouse, log: silentLogger() });
  await engine.exec('CREATE TABLE made (n UInt8) ENGINE = MergeTree ORDER BY n');
});
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

type Stdout = 'pipe' | number;

function tailrace(args: readonly string[], stdout: Stdout = 'pipe'): ChildProcess {
  const places = { TAILRACE_SOURCE: database.url, TAILRACE_LAKE: pipeline.lake, TAILRACE_WAREHOUSE: pipeline.warehouse };
  return spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, ...places }, stdio: ['ignore', stdout, 'pipe'] });
}

/** Standard error of a process that printed to `path`, and how it ended. */
async function printedTo(file: string, args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const fd = openSync(file, 'w');
  const child = tailrace(args, fd);
  closeSync(fd);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, stderr };
}

describe('the output of a command is whole, also for a slow reader', () => {
  test('rows of sql', async () => {
    const { code, text } = await readSlowly(tailrace(['sql', QUERY]));
    expect(code).toBe(0);
    expect(text.split('\n')).toHaveLength(ROWS + 1);
    expect(text.endsWith(`${ROWS - 1}\t${'x'.repeat(100)}\n`)).toBe(true);
  });

  test('the plan of check and the report of status, of many tables', async () => {
    const checked = await readSlowly(tailrace(['check', '--json']));
    expect((JSON.parse(checked.text) as { tables: unknown[] }).tables).toHaveLength(TABLES);
    await using role = pipeline.start(['replicate']);
    await role.event('ready');
    const status = await readSlowly(tailrace(['status', '--json']));
    expect((JSON.parse(status.text) as StatusReport).tables).toHaveLength(TABLES);
  });

  test('rows of one batch in the lake', async () => {
    await using role = pipeline.start(['replicate']);
    await role.event('ready');
    const value = 'v'.repeat(1_000_000);
    await database.query('INSERT INTO t1 VALUES (1, $1)', [value]);
    const batch = await batchWith('public.t1');
    const { code, text } = await readSlowly(tailrace(['lake', 'cat', batch, 'public.t1']));
    expect(code).toBe(0);
    expect(text.endsWith('\n')).toBe(true);
    expect(text).toContain(value);
  });
});

/** The number of the newest batch that has rows of a table, once it is there. */
async function batchWith(name: string): Promise<string> {
  for (;;) {
    const { stdout } = await pipeline.cli(['lake', 'ls']);
    for (const number of stdout.match(/^\s*\d+(?=\s)/gm)?.map((text) => text.trim()) ?? []) {
      if ((await pipeline.cli(['lake', 'cat', number, name])).code === 0) return number;
    }
  }
}

describe('output that no one takes', () => {
  test('a reader that goes away ends a query silently', async () => {
    const child = tailrace(['sql', 'SELECT number FROM numbers(1000000000)']);
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout?.once('data', () => child.stdout?.destroy());
    await once(child, 'close');
    expect({ code: child.exitCode, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('a watch ends when its reader goes away', async () => {
    const child = tailrace(['status', '--watch', '--json']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    await once(child, 'close');
    expect([0, 1]).toContain(child.exitCode);
  });

  test.each([['help'], ['sql', QUERY], ['check', '--json']])('a full disk behind it is an error: %s', async (...args) => {
    const { code, stderr } = await printedTo('/dev/full', args);
    expect(stderr).toMatch(/^OUTPUT_UNWRITABLE: the output could not be written: .*ENOSPC/m);
    expect(code).toBe(2);
  });
});

test("a query that fails after its first rows prints the engine's reason and exits 1, with and without an owner", async () => {
  const query = "SELECT throwIf(number = 900000, 'boom') FROM numbers(1000000)";
  const alone = await pipeline.cli(['sql', query]);
  await using role = pipeline.start(['compact', '--sql-port', '0']);
  await role.event('ready');
  const served = await pipeline.cli(['sql', query]);
  for (const { code, stdout, stderr } of [alone, served]) {
    expect(stderr).toMatch(/^WAREHOUSE_QUERY: Code: 395\. DB::Exception: boom/);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^(?:0\n)+(?:0)?$/);
  }
});
