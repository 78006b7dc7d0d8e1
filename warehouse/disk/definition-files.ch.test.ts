import { readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { scratch } from '../../test/support/scratch.ts';
import { limitedDisk, LIMITED_DISK_MISSING } from '../../test/support/servers/limited-disk.ts';
import { EmbeddedEngine } from '../embedded-engine.ts';
import { brokenDefinitions } from './definition-files.ts';

const open = (directory: string): Promise<EmbeddedEngine> => EmbeddedEngine.open({ directory, log: silentLogger() });

/** The folder with the definitions of a database. */
function folderOf(directory: string, database: string): string {
  const uuid = basename(readlinkSync(join(directory, 'metadata', database)));
  return join(directory, 'store', uuid.slice(0, 3), uuid);
}

const tables = (engine: EmbeddedEngine) => engine.query("SELECT name FROM system.tables WHERE database = 'd' ORDER BY name");

test('on a full disk no definition is written, and the warehouse can be opened again', async ({ skip }) => {
  await using folder = await scratch();
  const directory = join(folder.path, 'warehouse');
  using disk = limitedDisk(directory);
  if (disk === null) return skip(LIMITED_DISK_MISSING);
  const engine = await open(directory);
  await engine.exec('CREATE DATABASE d');
  await engine.exec('CREATE TABLE d.kept (x Int64) ENGINE = MergeTree ORDER BY x');
  disk.fill();
  for (const statement of [
    'CREATE TABLE d.made (x Int64) ENGINE = MergeTree ORDER BY x',
    'CREATE OR REPLACE VIEW d.shown AS SELECT x FROM d.kept',
    'ALTER TABLE d.kept ADD COLUMN y Int64',
  ]) {
    await expect(engine.exec(statement)).rejects.toMatchObject({ code: 'WAREHOUSE_FULL' });
    const build = { as: 'effect', statements: [statement], limits: { memoryBytes: 1e8, threads: 1 } } as const;
    await expect(engine.build({ ...build, signal: AbortSignal.timeout(60_000) })).rejects.toMatchObject({ code: 'WAREHOUSE_FULL' });
  }
  expect(brokenDefinitions(directory)).toEqual([]);
  disk.empty();
  await engine.exec('ALTER TABLE d.kept ADD COLUMN y Int64');
  await engine.close();
  const again = await open(directory);
  expect(await tables(again)).toEqual([{ name: 'kept' }]);
  await again.close();
});

test('a definition that was broken off is removed, so that the warehouse can be opened', async () => {
  await using folder = await scratch();
  const directory = join(folder.path, 'warehouse');
  const engine = await open(directory);
  await engine.exec('CREATE DATABASE d');
  for (const name of ['empty', 'half', 'kept']) await engine.exec(`CREATE TABLE d.${name} (x Int64) ENGINE = MergeTree ORDER BY x`);
  await engine.close();
  const definitions = folderOf(directory, 'd');
  truncateSync(join(definitions, 'empty.sql'));
  writeFileSync(join(definitions, 'half.sql'), 'ATTACH TABLE _ (x '.padEnd(4096, 'x'));
  expect(readdirSync(definitions)).toHaveLength(3);
  await expect(open(directory)).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
  const opened = await open(directory);
  expect(await tables(opened)).toEqual([{ name: 'kept' }]);
  await opened.close();
});
