import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { startClickhouse } from '../test/support/servers/clickhouse-front.ts';
import type { ClickhouseServer } from '../test/support/servers/clickhouse-front.ts';
import { engineContract } from './engine.contract.ts';
import { HttpEngine } from './http-engine.ts';

const log = silentLogger();
let server: ClickhouseServer;
beforeAll(async () => {
  server = await startClickhouse();
});
afterAll(() => server[Symbol.asyncDispose]());

engineContract('ClickHouse over HTTP', () => HttpEngine.open({ url: server.url, log }));

describe('a ClickHouse server', () => {
  test('that does not exist is unavailable, and its password is not shown', async () => {
    await using engine = await HttpEngine.open({ url: 'http://me:hidden@127.0.0.1:9', log });
    const failure = await engine.query('SELECT 1').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    expect(String(failure)).toContain('127.0.0.1:9');
    expect(String(failure)).not.toContain('hidden');
  });

  test('that knows another password refuses', async () => {
    const url = new URL(server.url);
    url.password = 'wrong';
    await using engine = await HttpEngine.open({ url: url.href, log });
    const failure = await engine.exec('SELECT 1').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'WAREHOUSE_REFUSED' });
    expect(String(failure)).not.toContain('wrong');
  });
});
