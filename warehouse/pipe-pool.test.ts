import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { scratch } from '../test/support/scratch.ts';
import { PipePool } from './pipe-pool.ts';
import type { Pipe, PoolPatience } from './pipe-pool.ts';

async function poolOf(count: number, patience: Partial<PoolPatience> = {}) {
  const stack = new AsyncDisposableStack();
  const home = stack.use(await scratch('pipes')).path;
  const pool = await PipePool.open(home, count, patience);
  stack.defer(() => pool.close());
  return { home, pool, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** What a writer that opens the pipe by its name, as the engine does, puts through it. */
async function through(pool: PipePool, words: string): Promise<string> {
  let said = '';
  await pool.lend(async ({ path, body, finish }: Pipe) => {
    await writeFile(path, words);
    finish();
    said = await text(body);
  });
  return said;
}

test('pipes are below the warehouse, and those of a pool that was killed are removed', async () => {
  await using made = await poolOf(1);
  await mkdir(join(made.home, 'pipes-before'));
  expect(await through(made.pool, 'words')).toBe('words');
  await made.pool.removeOthers(made.home);
  expect((await readdir(made.home)).map((name) => join(made.home, name))).toEqual([made.pool.directory]);
});

test('pipes that someone removed are created again', async () => {
  await using made = await poolOf(2);
  expect(await through(made.pool, 'one')).toBe('one');
  await rm(made.pool.directory, { recursive: true });
  expect(await Promise.all([through(made.pool, 'two'), through(made.pool, 'three')])).toEqual(['two', 'three']);
});

test('an answer whose pipe was removed is an error, not an empty answer', async () => {
  await using made = await poolOf(1);
  const lent = made.pool.lend(async ({ path, body, finish }) => {
    await rm(path);
    await writeFile(path, 'rows that nobody would see'); // as the engine would: into a file of that name
    try {
      finish();
    } finally {
      body.destroy();
    }
  });
  await expect(lent).rejects.toThrow('the pipe of the answer was removed');
});

test('an endless query without a reader holds no place; there are at most eight of them', async () => {
  await using made = await poolOf(1, { abandonedMs: 1 });
  const endings: (() => void)[] = [];
  const abandon = (): Promise<void> =>
    made.pool.lend(async ({ body }) => {
      body.destroy();
      await new Promise<void>((ended) => endings.push(ended));
    });
  for (let n = 0; n < 8; n += 1) await abandon();
  expect(await through(made.pool, 'still served')).toBe('still served');
  const ninth = abandon();
  const next = through(made.pool, 'after one ended');
  await expect.poll(() => endings.length).toBe(9);
  endings[0]?.();
  await ninth;
  expect(await next).toBe('after one ended');
  for (const end of endings) end();
});

test('a system without mkfifo is a named error', async () => {
  await using folder = await scratch('pipes');
  vi.stubEnv('PATH', '');
  await expect(PipePool.open(folder.path, 1).finally(() => vi.unstubAllEnvs())).rejects.toThrow(
    'NO_FIFO: this system has no program mkfifo. Install coreutils, which has mkfifo; the embedded engine writes its answers into named pipes.',
  );
});

test('a warehouse whose file system has no pipes needs a temporary folder that can be written', async () => {
  vi.stubEnv('TMPDIR', '/nowhere');
  await expect(PipePool.open('/proc', 1).finally(() => vi.unstubAllEnvs())).rejects.toThrow(
    'NO_TEMP_FOLDER: the folder of temporary files, /nowhere, cannot be used: ENOENT. Mount a writable folder at that path (`--tmpfs /tmp`), or name another one in TMPDIR.',
  );
});
