import { fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { eventually } from '../test/support/eventually.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { clickhouseCodeOf, CLICKHOUSE } from './clickhouse-code.ts';
import { serveSql } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { engineContract } from './engine.contract.ts';
import type { Engine } from './engine.ts';
import { openWarehouse } from './open-engine.ts';
import { readOwner, TOKEN_HEADER } from './owner.ts';

const log = silentLogger();
const LIMITS = { memoryBytes: 200_000_000, threads: 1 };
const ENDLESS = 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))';

let folder: Scratch;
let owner: Engine;
let endpoint: Endpoint;

beforeAll(async () => {
  folder = await scratch('tailrace-door');
  owner = await openWarehouse({ uri: folder.path, role: 'owner', log });
  endpoint = await serveSql(owner, { port: 0 });
});
afterAll(async () => {
  await endpoint.close();
  await owner.close();
  await folder[Symbol.asyncDispose]();
});

const builder = (): Promise<Engine> => openWarehouse({ uri: folder.path, role: 'builder', log, limits: LIMITS });
const running = async (): Promise<number> =>
  (await owner.query("SELECT 1 FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%processes%'")).length;

/** A process of its own: what it said, and its end by SIGKILL. */
async function builderProcess(directory: string, ...args: string[]) {
  const child = fork(new URL('../test/support/warehouse/builder-client.ts', import.meta.url), [directory, ...args], { execArgv: [] });
  const exited = once(child, 'exit');
  const [said] = (await once(child, 'message')) as [string];
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { said, kill, [Symbol.asyncDispose]: kill };
}

engineContract("the builder's door of an embedded warehouse", builder, 'max_memory_usage');

describe("the builder's door", () => {
  test('does not exist for a request without the token', async () => {
    const body = JSON.stringify({ as: 'effect', statements: ['CREATE DATABASE burgled'], limits: LIMITS });
    const answers = await Promise.all(
      [{}, { [TOKEN_HEADER]: 'wrong' }, { [TOKEN_HEADER]: '' }].map(async (headers: Record<string, string>) => {
        const response = await fetch(`${endpoint.url}/build`, { method: 'POST', headers, body });
        return [response.status, await response.text()];
      }),
    );
    expect(answers).toEqual(Array.from({ length: 3 }, () => [404, 'There is no handle /build\n']));
    expect(await (await fetch(`${endpoint.url}/nowhere`)).text()).toBe('There is no handle /nowhere\n');
    expect(await owner.query("SELECT 1 FROM system.databases WHERE name = 'burgled'")).toEqual([]);
  });

  test('refuses what is no request to build', async () => {
    const token = (await readOwner(folder.path))?.token ?? '';
    for (const body of ['', '{}', JSON.stringify({ as: 'all', statements: [], limits: LIMITS })]) {
      const response = await fetch(`${endpoint.url}/build`, { method: 'POST', headers: { [TOKEN_HEADER]: token }, body });
      expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(/^Code: 36\. /)]);
    }
  });

  test('bounds memory and threads of a statement, and a join gives NULL where nothing matches', async () => {
    await using engine = await builder();
    const names = "('max_memory_usage', 'max_threads', 'join_use_nulls')";
    expect(await engine.query(`SELECT name, value FROM system.settings WHERE name IN ${names} ORDER BY name`)).toEqual([
      { name: 'join_use_nulls', value: '1' },
      { name: 'max_memory_usage', value: String(LIMITS.memoryBytes) },
      { name: 'max_threads', value: String(LIMITS.threads) },
    ]);
    const large = engine.exec('SELECT groupArray(toString(number)) FROM numbers(100000000) FORMAT Null');
    expect(await large.catch(clickhouseCodeOf)).toBe(CLICKHOUSE.memoryLimit);
    await engine.exec('SET max_threads = 7');
    expect(await engine.query("SELECT value FROM system.settings WHERE name = 'max_threads'")).toEqual([{ value: '1' }]);
  });

  test('a statement that runs holds up neither the compactor nor another builder', async () => {
    await using engine = await builder();
    await using other = await builder();
    const slow = engine.exec(ENDLESS).catch(clickhouseCodeOf);
    await eventually(async () => (await running()) > 0, 'the statement to run');
    await owner.exec('SELECT 1');
    await other.exec('SELECT 1');
    expect(await engine.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await running()).toBe(1);
    await engine.close();
    await slow;
    await eventually(async () => (await running()) === 0, 'the statement to end with its engine');
  });

  test('the statement of a builder that was killed ends', async () => {
    await using client = await builderProcess(folder.path, 'exec', ENDLESS);
    await eventually(async () => (await running()) > 0, 'the statement to run');
    await client.kill();
    await eventually(async () => (await running()) === 0, 'the statement to end');
    expect(client.said).toBe('ready');
  });

  test('no reader sees half of a move', async () => {
    await using engine = await builder();
    const show = (value: number): Promise<void> =>
      engine.execTogether(['a', 'b', 'c'].map((view) => `CREATE OR REPLACE VIEW moved.${view} AS SELECT ${value} AS v`));
    await engine.exec('CREATE DATABASE moved');
    await show(0);
    const seen: string[] = [];
    const over = new AbortController();
    const read = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const { body } = await owner.read({ sql: 'SELECT (SELECT v FROM moved.a), b.v, c.v FROM moved.b, moved.c', format: 'TSV' });
        seen.push(await text(body));
      }
    };
    const readers = [read(), read()];
    for (let move = 1; move <= 20; move += 1) await show(move);
    over.abort();
    await Promise.all(readers);
    expect(new Set(seen).size).toBeGreaterThan(1);
    expect(seen.filter((row) => new Set(row.trim().split('\t')).size > 1)).toEqual([]);
  });
});

describe('a lock of the builders', () => {
  test('has one holder; the next has it when that one is killed, and the two locks are apart', async () => {
    await using engine = await builder();
    await using first = await builderProcess(folder.path, 'hold', 'role');
    await using second = await builderProcess(folder.path, 'hold', 'role');
    expect([first.said, second.said]).toEqual(['ready', 'TRANSFORM_IN_USE']);
    const run = await engine.hold?.('run', { wait: false });
    const next = engine.hold?.('role', { wait: true });
    await first.kill();
    const hold = await next;
    expect([hold?.lost.aborted, run?.lost.aborted]).toEqual([false, false]);
    await hold?.release();
    await using third = await builderProcess(folder.path, 'hold', 'role');
    expect(third.said).toBe('ready');
    expect(hold?.lost.aborted).toBe(false);
    await run?.release();
  });

  test('goes to those that wait in their order, without those that left', async () => {
    await using engine = await builder();
    const first = await engine.hold?.('run', { wait: false });
    const leaving = new AbortController();
    const left = engine.hold?.('run', { wait: true, signal: leaving.signal }).catch((error: unknown) => error);
    const next = engine.hold?.('run', { wait: true });
    leaving.abort();
    expect(await left).toMatchObject({ code: 'TRANSFORM_IN_USE' });
    await first?.release();
    await (await next)?.release();
  });

  test('is held on when the signal that ended the waiting comes later', async () => {
    await using engine = await builder();
    const stop = new AbortController();
    await using hold = await engine.hold?.('run', { wait: true, signal: stop.signal });
    stop.abort();
    await expect(engine.hold?.('run', { wait: false })).rejects.toMatchObject({ code: 'TRANSFORM_IN_USE' });
    expect(hold?.lost.aborted).toBe(false);
  });
});

describe('a builder', () => {
  test('without a living owner is NOT_RUNNING', async () => {
    await using empty = await scratch('tailrace-door');
    const opened = openWarehouse({ uri: empty.path, role: 'builder', log, limits: LIMITS, patienceMs: 200 });
    await expect(opened).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  test('loses its statements and its lock with the owner, and finds the next owner', async () => {
    await using place = await scratch('tailrace-door');
    const open = (): Promise<Engine> => openWarehouse({ uri: place.path, role: 'builder', log, limits: LIMITS });
    const first = fork(new URL('../test/support/warehouse/warehouse-owner.ts', import.meta.url), [place.path], { execArgv: [] });
    await once(first, 'message');
    await using engine = await open();
    const hold = await engine.hold?.('role', { wait: false });
    await engine.exec('CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n');
    const lost = engine.exec(ENDLESS).catch((error: unknown) => error);
    first.kill('SIGKILL');
    expect(await lost).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    await eventually(() => Promise.resolve(hold?.lost.aborted), 'the loss of the lock');
    await expect(engine.query('SELECT 1')).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    const second = fork(new URL('../test/support/warehouse/warehouse-owner.ts', import.meta.url), [place.path], { execArgv: [] });
    await once(second, 'message');
    await using again = await open();
    expect(await again.query('SELECT count() AS n FROM kept')).toEqual([{ n: '0' }]);
    await (await again.hold?.('role', { wait: false }))?.release();
    second.kill('SIGKILL');
    await once(second, 'exit');
  });
});
