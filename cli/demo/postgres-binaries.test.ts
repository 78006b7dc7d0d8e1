import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../test/support/scratch.ts';
import { versionBinaries } from '../../test/support/postgres-version.ts';
import { postgresBinaries } from './postgres-binaries.ts';

test('a Postgres that npm installed without its install script runs', async () => {
  await using folder = await scratch('tailrace-no-script');
  chmodSync(folder.path, 0o755);
  const native = path.dirname(path.dirname((await versionBinaries(18)).postgres));
  const bare = path.join(folder.path, 'native');
  cpSync(native, bare, { recursive: true, filter: (file) => !lstatSync(file).isSymbolicLink() });
  const bin = path.join(bare, 'bin');

  const { initdb, postgres, user } = await postgresBinaries({ initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres') });
  for (const program of [initdb, postgres]) {
    expect(spawnSync(program, ['--version'], { ...user, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('(PostgreSQL) 18'),
    });
  }
});
