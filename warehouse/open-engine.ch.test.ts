import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import { serveSql } from './endpoint.ts';
import { openWarehouse } from './open-engine.ts';
import { readOwner } from './owner.ts';
import type { OwnerFile } from './owner.ts';

const log = silentLogger();
const COUNT = 'SELECT count() AS n FROM t';

interface OwnerProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** URL of its endpoint, or an error code. */
  readonly said: string;
  kill(): Promise<void>;
}

async function ownerProcess(directory: string): Promise<OwnerProcess> {
  const child = fork(new URL('../test/support/warehouse/warehouse-owner.ts', import.meta.url), [directory], { execArgv: [] });
  const exited = once(child, 'exit');
  const [said] = (await once(child, 'message')) as [string];
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { child, said, kill, [Symbol.asyncDispose]: kill };
}

describe('a warehouse in a directory', () => {
  test('opens again at once after its owner was killed, with everything that was applied', async () => {
    await using folder = await scratch();
    const first = await ownerProcess(folder.path);
    await first.kill();
    await using engine = await openWarehouse({ uri: folder.path, role: 'owner', log, patienceMs: 2000 });
    expect(await engine.query(COUNT)).toEqual([{ n: '1000' }]);
  });

  test('has no file that others can read, also in a folder that others can enter', async () => {
    await using folder = await scratch();
    await chmod(folder.path, 0o755);
    await using engine = await openWarehouse({ uri: folder.path, role: 'owner', log });
    await engine.exec('CREATE TABLE t (id Int32) ENGINE = MergeTree ORDER BY id');
    await engine.exec('INSERT INTO t VALUES (1)');
    const found = await readdir(folder.path, { recursive: true });
    // The engine may remove its own temporary files during the look.
    const modes = await Promise.all(found.map((name) => stat(join(folder.path, name)).catch(() => null)));
    expect(found.some((name) => name.endsWith('data.bin'))).toBe(true);
    expect(found.filter((_name, index) => ((modes[index]?.mode ?? 0) & 0o077) !== 0)).toEqual([]);
  });

  test('has one owner: the second ends with WAREHOUSE_IN_USE and the first goes on', async () => {
    await using folder = await scratch();
    await using first = await ownerProcess(folder.path);
    await using second = await ownerProcess(folder.path);
    expect(second.said).toBe('WAREHOUSE_IN_USE');
    await using reader = await openWarehouse({ uri: folder.path, role: 'reader', log });
    expect(await reader.query(COUNT)).toEqual([{ n: '1000' }]);
    expect(first.child.exitCode).toBeNull();
  });

  test('is read through its living owner, and not written', async () => {
    await using folder = await scratch();
    await using owner = await ownerProcess(folder.path);
    await using reader = await openWarehouse({ uri: folder.path, role: 'reader', log });
    expect(reader.traits.ownsDirectory).toBe(false);
    expect((await readOwner(folder.path))?.endpoint).toBe(owner.said);
    expect(await reader.query("SELECT toUInt64(1) AS n, toDecimal64('1.5', 2) AS d")).toEqual([{ n: '1', d: '1.5' }]);
    expect(await text((await reader.read({ sql: 'EXPLAIN AST SELECT n FROM t', format: 'TSV' })).body)).toContain('TableIdentifier t');
    await expect(reader.exec('DROP TABLE t')).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
  });

  test('is opened by a reader itself while nobody owns it', async () => {
    await using folder = await scratch();
    await (await ownerProcess(folder.path)).kill();
    {
      await using reader = await openWarehouse({ uri: folder.path, role: 'reader', log });
      expect(reader.traits.ownsDirectory).toBe(true);
      expect(await reader.query(COUNT)).toEqual([{ n: '1000' }]);
    }
    await using engine = await openWarehouse({ uri: folder.path, role: 'owner', log });
    expect(await engine.query(COUNT)).toEqual([{ n: '1000' }]);
  });

  test('that was never made is not made by a reader', async () => {
    await using folder = await scratch();
    await expect(openWarehouse({ uri: join(folder.path, 'none'), role: 'reader', log })).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  test('is let go of in order: owner.json goes with its owner', async () => {
    await using folder = await scratch();
    const engine = await openWarehouse({ uri: folder.path, role: 'owner', log });
    const endpoint = await serveSql(engine, { port: 0 });
    expect(await readOwner(folder.path)).toMatchObject({ pid: process.pid, endpoint: endpoint.url });
    await endpoint.close();
    expect(await readOwner(folder.path)).toMatchObject({ endpoint: null });
    await engine.close();
    expect(await readOwner(folder.path)).toBeNull();
  });
});

async function rewrite(directory: string, change: Partial<OwnerFile>): Promise<void> {
  const path = join(directory, 'owner.json');
  await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, 'utf8')) as OwnerFile), ...change }));
}

describe('owner.json', () => {
  test('of a process whose pid was given to another is nobody', async () => {
    await using folder = await scratch();
    await using engine = await openWarehouse({ uri: folder.path, role: 'owner', log });
    await rewrite(folder.path, { startTime: 'another boot:1' });
    expect(await readOwner(folder.path)).toBeNull();
    expect(engine.traits.ownsDirectory).toBe(true);
  });

  test('without a start time is believed when its endpoint knows the token', async () => {
    await using folder = await scratch();
    await using engine = await openWarehouse({ uri: folder.path, role: 'owner', log });
    const endpoint = await serveSql(engine, { port: 0 });
    await rewrite(folder.path, { startTime: null });
    expect(await readOwner(folder.path)).toMatchObject({ endpoint: endpoint.url });
    await rewrite(folder.path, { token: 'of somebody else' });
    expect(await readOwner(folder.path)).toBeNull();
    await endpoint.close();
  });
});
