import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { eventually } from '../test/support/eventually.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { clickhouseCodeOf, CLICKHOUSE } from './clickhouse-code.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { engineContract } from './engine.contract.ts';

const log = silentLogger();
const ENDLESS = 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))';

const folders: Scratch[] = [];
afterAll(async () => {
  for (const folder of folders) await folder[Symbol.asyncDispose]();
});

engineContract('chDB in a child process', async () => {
  const folder = await scratch('tailrace-engine');
  folders.push(folder);
  return EmbeddedEngine.open({ directory: folder.path, log });
});

test.each(['env=prod', '{a,b}*?', "it's 100% \\ $^", 'ü\n#&|'])(
  'a warehouse in a folder %j keeps its rows and answers readers',
  async (name) => {
    await using folder = await scratch('tailrace-engine');
    const directory = join(folder.path, name);
    {
      await using engine = await EmbeddedEngine.open({ directory, log });
      await engine.exec('CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a');
      await engine.exec('INSERT INTO t VALUES (1)');
    }
    await using engine = await EmbeddedEngine.open({ directory, log });
    const { body } = await engine.read({ sql: 'SELECT a FROM t', format: 'TSV' });
    expect(await text(body)).toBe('1\n');
  },
);

interface Context extends AsyncDisposable {
  readonly engine: EmbeddedEngine;
  readonly directory: string;
}

async function context(): Promise<Context> {
  const folder = await scratch('tailrace-engine');
  const directory = join(folder.path, 'wh');
  const engine = await EmbeddedEngine.open({ directory, log });
  return {
    engine,
    directory,
    [Symbol.asyncDispose]: async () => {
      await engine.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function running(engine: EmbeddedEngine): Promise<{ c: string }[]> {
  return engine.query<{ c: string }>(
    "SELECT Settings['log_comment'] AS c FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%processes%'",
  );
}

describe('the embedded engine', () => {
  test('an engine process that dies takes what ran with it, and the next statement finds everything that resolved', async () => {
    await using c = await context();
    await c.engine.exec('CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n');
    await c.engine.exec('INSERT INTO t SELECT number FROM numbers(1000)');
    const lost = c.engine.exec(ENDLESS).catch((error: unknown) => error);
    await eventually(async () => (await running(c.engine)).length > 0, 'the statement to run');
    const pid = await c.engine.pid();
    process.kill(pid ?? 0, 'SIGKILL');
    expect(await lost).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    const answers = await Promise.all([1, 2, 3].map(() => c.engine.query('SELECT count() AS n FROM t')));
    expect(answers).toEqual([[{ n: '1000' }], [{ n: '1000' }], [{ n: '1000' }]]);
    expect(await c.engine.pid()).not.toBe(pid);
  });

  test('closing ends what runs instead of waiting for it', async () => {
    await using c = await context();
    const ended = [c.engine.exec(ENDLESS), c.engine.query(ENDLESS)].map((work) => work.catch((error: unknown) => error));
    await eventually(async () => (await running(c.engine)).length === 2, 'both to run');
    await c.engine.close();
    expect((await Promise.all(ended)).map(clickhouseCodeOf)).toEqual([CLICKHOUSE.queryCancelled, CLICKHOUSE.queryCancelled]);
    await using again = await EmbeddedEngine.open({ directory: c.directory, log });
    expect(await again.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('a reader that goes away ends its query', async () => {
    await using c = await context();
    const gone = new AbortController();
    const lost = c.engine.read({ sql: ENDLESS, format: 'TSV', signal: gone.signal }).catch((error: unknown) => error);
    await eventually(async () => (await running(c.engine)).length > 0, 'the query to run');
    gone.abort();
    expect(clickhouseCodeOf(await lost)).toBe(CLICKHOUSE.queryCancelled);
    await eventually(async () => (await running(c.engine)).length === 0, 'the query to end');
  });

  test('readers that go away before their query has begun leave none behind', async () => {
    await using c = await context();
    const lost = [0, 1, 2, 4, 8, 16, 32, 64].map((ms) =>
      c.engine.read({ sql: ENDLESS, format: 'TSV', signal: AbortSignal.timeout(ms) }).catch(clickhouseCodeOf),
    );
    expect(new Set(await Promise.all(lost))).toEqual(new Set([CLICKHOUSE.queryCancelled]));
    // They held every pipe, so that one more answer comes only when one of them has really ended.
    expect(await text((await c.engine.read({ sql: 'SELECT 1', format: 'TSV' })).body)).toBe('1\n');
    await eventually(async () => (await running(c.engine)).length === 0, 'the queries to end');
  });

  test('more readers than there are pipes all get their answer', async () => {
    await using c = await context();
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => text((await c.engine.read({ sql: `SELECT ${i}`, format: 'TSV' })).body)),
    );
    expect(answers).toEqual(Array.from({ length: 30 }, (_, i) => `${i}\n`));
  });

  test('a reader who stops reading holds up nobody else', async () => {
    await using c = await context();
    const { body } = await c.engine.read({ sql: 'SELECT number FROM numbers(10000000)', format: 'TSV' });
    await c.engine.exec('CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n');
    expect(await text((await c.engine.read({ sql: 'SELECT 1', format: 'TSV' })).body)).toBe('1\n');
    body.destroy();
  });

  test('a reader beyond its memory gets an error, and the engine lives', async () => {
    await using c = await context();
    const failure = await c.engine
      .read({ sql: 'SELECT groupArray(toString(number)) FROM numbers(100000000)', format: 'Null' })
      .catch(clickhouseCodeOf);
    expect(failure).toBe(CLICKHOUSE.memoryLimit);
    expect(await c.engine.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('every output format streams whole, also those with a head and a foot', async () => {
    await using c = await context();
    const rows = 200_000;
    const sql = `SELECT number AS n FROM numbers(${rows})`;
    const json = JSON.parse(await text((await c.engine.read({ sql, format: 'JSON' })).body)) as { rows: number; data: unknown[] };
    expect([json.rows, json.data.length]).toEqual([rows, rows]);
    const csv = await text((await c.engine.read({ sql, format: 'CSVWithNames' })).body);
    expect(csv.split('\n').filter((line) => line === '"n"')).toHaveLength(1);
  });
});

test('a directory that cannot be made is a named error', async () => {
  await using folder = await scratch('tailrace-engine');
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  await expect(EmbeddedEngine.open({ directory: `${file}/warehouse`, log })).rejects.toThrow(
    `WAREHOUSE_UNWRITABLE: the warehouse directory cannot be written: ENOTDIR: not a directory, mkdir '${file}/warehouse'. Give this user write access to --warehouse.`,
  );
});

test('the engine process finds its sources where its parent has them compiled', async () => {
  await using folder = await scratch('tailrace-engine');
  vi.stubEnv('NODE_COMPILE_CACHE', folder.path);
  await using engine = await EmbeddedEngine.open({ directory: join(folder.path, 'warehouse'), log }).finally(() => vi.unstubAllEnvs());
  const variables = await readFile(`/proc/${await engine.pid()}/environ`, 'utf8');
  expect(variables.split('\0')).toContain(`NODE_COMPILE_CACHE=${folder.path}`);
});

test('an engine that does not load on this system is a named error', async () => {
  await using folder = await scratch('tailrace-engine');
  const hook = join(folder.path, 'no-glibc.mjs');
  await writeFile(
    hook,
    `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) { if (name === 'chdb') throw new Error('libc.so.6: cannot open shared object file'); return next(name, context); } });`,
  );
  vi.stubEnv('NODE_OPTIONS', `--import=${hook}`);
  await expect(EmbeddedEngine.open({ directory: join(folder.path, 'warehouse'), log }).finally(() => vi.unstubAllEnvs())).rejects.toThrow(
    'ENGINE_MISSING: the embedded engine cannot be loaded: libc.so.6: cannot open shared object file. Use the image tailrace instead of tailrace-slim, or run `npm install` without --omit=optional; it needs glibc. Or give --warehouse the URL of a ClickHouse server.',
  );
});
