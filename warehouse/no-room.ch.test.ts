import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import { limitedDisk, LIMITED_DISK_MISSING } from '../test/support/servers/limited-disk.ts';
import { EmbeddedEngine } from './embedded-engine.ts';

test('an engine without room to begin is WAREHOUSE_FULL, and begins once there is room', async ({ skip }) => {
  await using folder = await scratch();
  const directory = join(folder.path, 'warehouse');
  using disk = limitedDisk(directory);
  if (disk === null) return skip(LIMITED_DISK_MISSING);
  await writeFile(join(directory, 'rows'), 'x'.repeat(10_000));
  disk.fill();
  const engine = await EmbeddedEngine.open({ directory, log: silentLogger() }).catch((error: unknown) => error);
  expect(engine).toMatchObject({ code: 'WAREHOUSE_FULL' });
  disk.empty();
  const begun = await EmbeddedEngine.open({ directory, log: silentLogger() });
  expect(await begun.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await begun.close();
});
