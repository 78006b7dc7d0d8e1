import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { COMPILER_MISSING, withoutHardLinks } from '../../test/support/no-hard-links.ts';
import { scratch } from '../../test/support/scratch.ts';

const STORE = path.join(import.meta.dirname, 'directory-store.ts');

test.for(['EPERM', 'EOPNOTSUPP', 'ENOSYS'] as const)(
  'on a file system without hard links, which answers %s, the error says what is missing, and nothing is left behind',
  async (errno, { skip }) => {
    await using folder = await scratch();
    const environment = withoutHardLinks(folder.path, errno);
    if (environment === null) return skip(COMPILER_MISSING);
    const lake = path.join(folder.path, 'lake');
    const put = `
      const { DirectoryStore } = await import(process.argv[1]);
      await new DirectoryStore(process.argv[2]).put('lake.json', new Uint8Array(1)).catch((error) => process.stdout.write(error.message));
    `;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', put, STORE, lake], {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    });
    expect(stdout).toMatch(
      /^LAKE_UNWRITABLE: cannot write lake\.json in .*: its file system has no hard links \(E[A-Z]+\)\. Put the lake on /,
    );
    expect(stdout).not.toContain('write access');
    expect(readdirSync(lake)).toEqual([]);
  },
);
