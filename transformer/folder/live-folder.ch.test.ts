import { rm, rename } from 'node:fs/promises';
import { join } from 'node:path';
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

const ids = (folder: LiveFolder): string[] => folder.current.models.map(({ id }) => id);

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

test('a folder that cannot be read for the first time is an error', async () => {
  const folder = LiveFolder.open(
    '/nowhere',
    () => readFolder('/nowhere', bench.engine, { databases: [] }),
    () => Promise.reject(new Error('it was read later')),
  );
  await expect(folder).rejects.toThrow('BAD_MODEL: /nowhere cannot be read (ENOENT).');
});
