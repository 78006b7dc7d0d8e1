import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import { serveSql } from './endpoint.ts';
import { openServed } from './open-served.ts';
import { openWarehouse } from './open-engine.ts';

const TOKEN = 'a token of some length';
const run = promisify(execFile);
const curl = async (...args: string[]): Promise<string> => (await run('curl', ['-s', ...args])).stdout;

test('an endpoint on every address answers who has the token, and commands of ours through owner.json', async () => {
  await using folder = await scratch('tailrace-token');
  const log = silentLogger();
  await using owner = await openWarehouse({ uri: folder.path, role: 'owner', log });
  await expect(serveSql(owner, { port: 0, host: '0.0.0.0' })).rejects.toThrow(
    /^BAD_CONFIG: sqlHost is 0\.0\.0\.0, which other machines can reach, but sqlToken is not set\. Set TAILRACE_SQL_TOKEN to a long random text, or /,
  );
  const endpoint = await serveSql(owner, { port: 0, host: '0.0.0.0', token: TOKEN });
  const sql = `${endpoint.url}/?query=SELECT%201`;
  const elsewhere = ['-H', 'Host: warehouse.internal:8123'];

  expect(await curl(...elsewhere, '-u', `analyst:${TOKEN}`, sql)).toBe('1\n');
  expect(await curl(...elsewhere, '-H', `X-ClickHouse-Key: ${TOKEN}`, '-H', 'X-ClickHouse-User: analyst', sql)).toBe('1\n');
  expect(await curl(...elsewhere, '-H', `Authorization: Bearer ${TOKEN}`, sql)).toBe('1\n');
  expect(await curl(...elsewhere, `${sql}&user=analyst&password=${encodeURIComponent(TOKEN)}`)).toBe('1\n');
  expect(await curl(...elsewhere, `${endpoint.url}/ping`)).toBe('Ok.\n');
  expect(await curl('-w', '%{http_code}', sql)).toBe(
    'Code: 194. DB::Exception: the password (sqlToken) is missing. (REQUIRED_PASSWORD)\n401',
  );
  expect(await curl('-w', '%{http_code}', '-u', 'default:wrong', '-d', 'SELECT 1', endpoint.url)).toBe(
    'Code: 516. DB::Exception: Authentication failed: the password is not sqlToken. (AUTHENTICATION_FAILED)\n403',
  );

  for (const auth of [{ username: 'analyst', password: TOKEN }, { access_token: TOKEN }]) {
    const client = createClient({ url: endpoint.url, ...auth });
    expect(await (await client.query({ query: 'SELECT 2 AS n', format: 'JSONEachRow' })).json()).toEqual([{ n: 2 }]);
    await client.close();
  }
  const wrong = createClient({ url: endpoint.url, username: 'analyst', password: 'wrong', log: { level: ClickHouseLogLevel.OFF } });
  await expect(wrong.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516', type: 'AUTHENTICATION_FAILED' });
  await wrong.close();

  await using reader = await openWarehouse({ uri: folder.path, role: 'reader', log });
  expect(await reader.query('SELECT 3 AS n')).toEqual([{ n: 3 }]);
  await using served = await openServed(folder.path, log);
  expect(await served.query('SELECT 4 AS n')).toEqual([{ n: 4 }]);
  await using builder = await openWarehouse({ uri: folder.path, role: 'builder', limits: { memoryBytes: 1e8, threads: 1 }, log });
  await builder.exec('CREATE DATABASE marts');
  await endpoint.close();
});
