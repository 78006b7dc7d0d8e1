import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { collect } from '../../test/support/collect.ts';
import { scratch } from '../../test/support/scratch.ts';
import { manifestKey } from '../keys.ts';
import { ManifestLog } from '../manifest-log.ts';
import { DirectoryStore } from '../store/directory-store.ts';

const CHILD = path.join(import.meta.dirname, '../../test/support/pages/page-child.ts');
const PAGE_SIZE = 3;
const COUNT = 7;

test.for(['page-put', 'page-put:2', 'singles-gone', 'singles-gone:2'])('a keeper killed at "%s" is recovered from', async (step) => {
  await using folder = await scratch();
  const store = new DirectoryStore(folder.path);
  const newLog = (): ManifestLog => new ManifestLog(store, silentLogger(), null, { pageSize: PAGE_SIZE });
  const rest = { epoch: 1, writer: 'aa', from: '0/1', to: '0/2', commitTimes: null, heartbeat: true, files: [], catalog: [] };
  for (let number = 1; number <= COUNT; number += 1) await newLog().append({ number, ...rest });
  const keep = (failpoint: string): Promise<unknown> =>
    promisify(execFile)(process.execPath, [CHILD, folder.path, String(PAGE_SIZE)], {
      env: { ...process.env, TAILRACE_FAILPOINT: failpoint },
    });
  const numbers = async (): Promise<unknown[]> => {
    const log = newLog();
    return Promise.all(Array.from({ length: COUNT + 1 }, async (_, index) => (await log.read(index + 1))?.number));
  };
  const all = [1, 2, 3, 4, 5, 6, 7, undefined];
  await expect(keep(step)).rejects.toMatchObject({ signal: 'SIGKILL' });
  expect(await numbers()).toEqual(all);
  await keep('');
  expect(await numbers()).toEqual(all);
  expect((await newLog().last())?.number).toBe(COUNT);
  expect((await collect(store.list('stream/'))).map(({ key }) => key)).toEqual([manifestKey(COUNT)]);
});
