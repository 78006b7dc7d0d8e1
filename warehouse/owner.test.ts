import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../test/support/scratch.ts';
import { limitedDisk, LIMITED_DISK_MISSING } from '../test/support/servers/limited-disk.ts';
import { markedLake, markLake } from './lake-mark.ts';
import { Owner, readOwner } from './owner.ts';

test('a folder without room is WAREHOUSE_FULL, and can be claimed once there is room', async ({ skip }) => {
  await using folder = await scratch();
  const directory = join(folder.path, 'warehouse');
  using disk = limitedDisk(directory);
  if (disk === null) return skip(LIMITED_DISK_MISSING);
  await writeFile(join(directory, 'rows'), 'x'.repeat(10_000));
  disk.fill();
  await expect(Owner.claim(directory)).rejects.toMatchObject({ code: 'WAREHOUSE_FULL' });
  await expect(markLake(directory, 'lake')).rejects.toMatchObject({ code: 'WAREHOUSE_FULL' });
  expect([await readOwner(directory), await markedLake(directory)]).toEqual([null, null]);
  disk.empty();
  await Owner.claim(directory);
  await markLake(directory, 'lake');
  expect(await readOwner(directory)).toMatchObject({ pid: process.pid });
  expect(await markedLake(directory)).toBe('lake');
});
