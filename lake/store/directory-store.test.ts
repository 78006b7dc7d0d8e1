import { chmod, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { collect } from '../../test/support/collect.ts';
import { FIRST_HEARTBEAT } from '../../test/support/first-heartbeat.ts';
import { scratch } from '../../test/support/scratch.ts';
import { DirectoryStore } from './directory-store.ts';
import { sweepKey } from '../keys.ts';
import { ManifestLog } from '../manifest-log.ts';
import { describeObjectStore } from './object-store.contract.ts';
import { Sweeper } from '../retention/sweep.ts';

const HOUR = 60 * 60 * 1000;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describeObjectStore('the directory store', async () => {
  const folder = await scratch();
  return { store: new DirectoryStore(join(folder.path, 'not/there/yet')), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
});

test('a folder that others made is used as it is', async () => {
  await using folder = await scratch();
  await mkdir(join(folder.path, 'stream'));
  const store = new DirectoryStore(folder.path);
  expect(await store.put('stream/1', bytes('x'))).toBe('stored');
  expect(await readdir(join(folder.path, 'stream'))).toEqual(['1']);
});

test('no temporary file is left after any answer', async () => {
  await using folder = await scratch();
  const store = new DirectoryStore(folder.path);
  await store.put('k', bytes('1'));
  await store.put('k', bytes('2'));
  await store.replace('k', bytes('3'));
  expect(await readdir(folder.path)).toEqual(['k']);
});

test('a temporary file is never an object, and no listing removes it, however old its time is', async () => {
  await using folder = await scratch();
  const store = new DirectoryStore(folder.path);
  await store.put('data/k', bytes('1'));
  await writeFile(join(folder.path, 'data/.tmp-old'), 'half');
  const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
  await utimes(join(folder.path, 'data/.tmp-old'), twoDaysAgo, twoDaysAgo);
  expect((await collect(store.list('data/'))).map((object) => object.key)).toEqual(['data/k']);
  expect(await collect(store.unfinished.list())).toEqual(['data/.tmp-old']);
  await store.unfinished.remove('data/.tmp-old');
  expect(await readdir(join(folder.path, 'data'))).toEqual(['k']);
});

test('remains of a write that a crash interrupted are deleted after two looks a day apart', async () => {
  await using folder = await scratch();
  const store = new DirectoryStore(folder.path);
  const log = new ManifestLog(store, silentLogger());
  await log.append(FIRST_HEARTBEAT);
  await writeFile(join(folder.path, '.tmp-old'), 'half');
  const sweeper = new Sweeper(store, log);
  expect((await sweeper.sweep(0)).removed).toEqual([]);
  const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
  await utimes(join(folder.path, sweepKey(1)), twoDaysAgo, twoDaysAgo);
  expect((await sweeper.sweep(HOUR)).removed).toEqual([]);
  expect((await sweeper.sweep(3 * HOUR)).removed).toEqual(['.tmp-old']);
  expect(await readdir(folder.path)).not.toContain('.tmp-old');
});

test('files and folders of a lake belong to its user alone, also in a folder that others can enter', async () => {
  await using folder = await scratch();
  await chmod(folder.path, 0o755);
  const store = new DirectoryStore(folder.path);
  await store.put('lake.json', bytes('1'));
  await store.put('data/1_1/aa-1.arrow', bytes('1'));
  await store.replace('readers/w/position.json', bytes('1'));
  const watching = new AbortController();
  for await (const _standing of store.watch('stream/', watching.signal)) watching.abort();
  const modes = await Promise.all(
    ['lake.json', 'data', 'data/1_1', 'data/1_1/aa-1.arrow', 'readers/w', 'readers/w/position.json', 'stream'].map(async (key) =>
      ((await stat(join(folder.path, key))).mode & 0o777).toString(8),
    ),
  );
  expect(modes).toEqual(['600', '700', '700', '600', '700', '600', '700']);
});

test('a file where the lake should be is LAKE_UNWRITABLE', async () => {
  await using folder = await scratch();
  await writeFile(join(folder.path, 'lake'), 'a file');
  await expect(new DirectoryStore(join(folder.path, 'lake')).put('a/b', bytes('x'))).rejects.toMatchObject({ code: 'LAKE_UNWRITABLE' });
});

test('a folder without the right to write is LAKE_UNWRITABLE', async ({ skip }) => {
  if (process.getuid?.() === 0) return skip('root may write everywhere');
  await using folder = await scratch();
  const store = new DirectoryStore(folder.path);
  await chmod(folder.path, 0o500);
  await expect(store.put('a', bytes('x'))).rejects.toMatchObject({ code: 'LAKE_UNWRITABLE' });
  await expect(store.put('a/b', bytes('x'))).rejects.toMatchObject({ code: 'LAKE_UNWRITABLE' });
  await chmod(folder.path, 0o700);
});

test('a place where nothing can be made is LAKE_UNWRITABLE at once', async ({ skip }) => {
  if (process.platform !== 'linux') return skip('there is no /proc');
  await expect(new DirectoryStore('/proc/tailrace/lake').put('a/b', bytes('x'))).rejects.toMatchObject({ code: 'LAKE_UNWRITABLE' });
});
