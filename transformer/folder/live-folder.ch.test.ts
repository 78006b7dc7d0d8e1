import { execFile } from 'node:child_process';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INCREMENTAL, modelsBench, writeModels } from '../../test/support/models-bench.ts';
import type { ModelsBench } from '../../test/support/models-bench.ts';
import { scratch } from '../../test/support/scratch.ts';
import { LiveFolder } from './live-folder.ts';
import { readFolder } from './read-folder.ts';

let bench: ModelsBench;
beforeAll(async () => {
  bench = await modelsBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const NOBODY = 65_534;

const ids = (folder: Pick<LiveFolder, 'current'>): string[] => folder.current.models.map(({ id }) => id);

test('a folder is read again when a file came, went or changed, and keeps the last good set', async () => {
  await using files = await scratch();
  const read = () => readFolder(files.path, bench.engine, { databases: ['public'] });
  const one = { 'marts/fct.sql': INCREMENTAL };
  await writeModels(files.path, one);
  const folder = await LiveFolder.open(files.path, read, read);
  expect(ids(folder)).toEqual(['marts.fct']);
  expect(await folder.look()).toBe(false);

  await writeModels(files.path, { 'marts/a.sql': 'SELECT * FROM marts.fct' });
  expect(await folder.look()).toBe(true);
  expect(ids(folder)).toEqual(['marts.fct', 'marts.a']);
  const good = folder.current;

  // A fault: the last good set stays, and is told once.
  await writeModels(files.path, { 'marts/a.sql': '-- @kind cube\nSELECT * FROM marts.fct' });
  expect(await folder.look()).toBe(true);
  expect(await folder.look()).toBe(false);
  expect(folder.current).toBe(good);
  expect(folder.error?.message).toContain('marts/a.sql:1: unknown kind "cube".');

  // The folder is away, as while a new one is moved into its place.
  await rename(files.path, `${files.path}.away`);
  expect(await folder.look()).toBe(true);
  expect(folder.error?.message).toContain('cannot be read (ENOENT)');
  expect(folder.current).toBe(good);
  await rename(`${files.path}.away`, files.path);

  await rm(join(files.path, 'marts/a.sql'));
  expect(await folder.look()).toBe(true);
  expect(folder.error).toBeNull();
  expect(ids(folder)).toEqual(['marts.fct']);
});

test('the last good set stays while the folder or a file cannot be read, and what comes back counts', async () => {
  await using files = await scratch();
  const read = () => readFolder(files.path, bench.engine, { databases: ['public'] });
  const both = { 'marts/fct.sql': INCREMENTAL, 'marts/a.sql': 'SELECT * FROM marts.fct' };
  await writeModels(files.path, both);
  const folder = await LiveFolder.open(files.path, read, read);
  const good = folder.current;
  const [marts, one, away] = [join(files.path, 'marts'), join(files.path, 'marts/a.sql'), `${files.path}.away`];
  const lost: Record<string, { lose: () => Promise<unknown>; back: () => Promise<unknown>; said: RegExp }> = {
    'the rights of a file': {
      lose: () => chmod(one, 0o000),
      back: () => chmod(one, 0o644),
      said: /marts\/a\.sql cannot be read \(EACCES\)/,
    },
    'the rights of a folder': { lose: () => chmod(marts, 0o000), back: () => chmod(marts, 0o755), said: /marts cannot be read \(EACCES\)/ },
    'a link to a file that is gone': {
      lose: () => rename(one, away).then(() => symlink('/nowhere', one)),
      back: () => rename(away, one),
      said: /marts\/a\.sql cannot be read \(ENOENT\)/,
    },
    'a pipe instead of a file': {
      lose: () => rename(one, away).then(() => promisify(execFile)('mkfifo', [one])),
      back: () => rename(away, one),
      said: /marts\/a\.sql:1: it is not a file/,
    },
    'a file instead of the folder': {
      lose: () => rename(files.path, away).then(() => writeFile(files.path, '')),
      back: () => rm(files.path).then(() => rename(away, files.path)),
      said: /cannot be read \(ENOTDIR\)/,
    },
    'an empty mount point': {
      lose: () => rename(files.path, away).then(() => mkdir(files.path)),
      back: () => rm(files.path, { recursive: true }).then(() => rename(away, files.path)),
      said: /has no \.sql file any more\. Put the files back/,
    },
  };
  await chmod(files.path, 0o755);
  for (const [what, { lose, back, said }] of Object.entries(lost)) {
    await lose();
    expect(await asNobody(() => folder.look()), what).toBe(true);
    expect(await asNobody(() => folder.look()), what).toBe(false);
    expect(folder.error?.message, what).toMatch(said);
    expect(ids(folder), what).toEqual(ids({ current: good }));
    await back();
    expect(await folder.look(), what).toBe(true);
    expect(folder.error, what).toBeNull();
    expect(ids(folder), what).toEqual(ids({ current: good }));
  }
});

/** Root may read everything, so it looks as another user. */
async function asNobody<T>(look: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return look();
  process.seteuid?.(NOBODY);
  try {
    return await look();
  } finally {
    process.seteuid?.(0);
  }
}

test('a folder that cannot be read for the first time is an error', async () => {
  const folder = LiveFolder.open(
    '/nowhere',
    () => readFolder('/nowhere', bench.engine, { databases: [] }),
    () => Promise.reject(new Error('it was read later')),
  );
  await expect(folder).rejects.toThrow('BAD_MODEL: /nowhere cannot be read (ENOENT).');
});
