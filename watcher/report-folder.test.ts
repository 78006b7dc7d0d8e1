import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../test/support/scratch.ts';
import { ReportFolder } from './report-folder.ts';

const ONE = '-- @title One\nSELECT 1 AS n';
const CANNOT = /ENOENT|ENOTDIR|EACCES|not a file/;

test('reports stay while their folder or a file cannot be read, and count again when they are back', async () => {
  await using models = await scratch();
  const folder = join(models.path, 'reports');
  const [one, away] = [join(folder, 'one.sql'), join(models.path, 'away')];
  await mkdir(folder);
  await writeFile(one, ONE);
  await using reports = new ReportFolder(models.path);
  const good = await reports.read();
  expect(good).toMatchObject([{ name: 'one', report: { title: 'One' }, error: null }]);
  const lost: Record<string, { lose: () => Promise<unknown>; back: () => Promise<unknown> }> = {
    'a link to a file that is gone': { lose: () => rename(one, away).then(() => symlink('/nowhere', one)), back: () => rename(away, one) },
    'a folder instead of a file': {
      lose: () => rename(one, away).then(() => mkdir(one)),
      back: () => rm(one, { recursive: true }).then(() => rename(away, one)),
    },
    'a file instead of the folder': {
      lose: () => rename(folder, away).then(() => writeFile(folder, '')),
      back: () => rm(folder).then(() => rename(away, folder)),
    },
    'the models are away': {
      lose: () => rename(models.path, `${models.path}.away`),
      back: () => rename(`${models.path}.away`, models.path),
    },
  };
  for (const [what, { lose, back }] of Object.entries(lost)) {
    await lose();
    expect(await reports.read(), what).toEqual([{ ...good[0], error: expect.stringMatching(CANNOT) as string }]);
    expect(await reports.named('one'), what).toEqual(good[0]?.report);
    await back();
    expect(await reports.read(), what).toEqual(good);
  }
  await rm(folder, { recursive: true });
  expect(await reports.read()).toEqual([]);
});
