import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { FAKETIME_MISSING, steppingClock } from '../../test/support/stepping-clock.ts';
import { scratch } from '../../test/support/scratch.ts';
import { DirectoryStore } from '../store/directory-store.ts';
import { dataKey } from '../keys.ts';
import { ManifestLog } from '../manifest-log.ts';

const CHILD = path.join(import.meta.dirname, '../../test/support/sweep-child.ts');
const DAY_S = 86_400;

test('a process whose clock is days ahead sweeps nothing that a new writer is about to name', async ({ skip }) => {
  await using folder = await scratch();
  const clock = steppingClock(folder.path);
  if (clock === null) return skip(FAKETIME_MISSING);
  const lake = path.join(folder.path, 'lake');
  const store = new DirectoryStore(lake);
  const log = new ManifestLog(store, silentLogger());
  const rest = { epoch: 1, from: '0/1', to: '0/2', commitTimes: null, heartbeat: true, files: [], catalog: [] };
  await log.append({ number: 1, writer: 'aa', ...rest });
  const about = dataKey('1_1', 'bb', 1);
  await store.put(about, new Uint8Array(1));
  const sweep = async (...hours: number[]): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, lake, ...hours.map(String)], {
      env: { ...process.env, ...clock.environment },
    });
    return JSON.parse(stdout) as unknown;
  };
  for (const days of [1.1, 2.2, 10, 20]) {
    clock.step(days * DAY_S);
    expect(await sweep(0, 3, 6)).toEqual([]);
  }
  expect(await store.head(about)).not.toBeNull();
});
