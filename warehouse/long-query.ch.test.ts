import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import { serveSql } from './endpoint.ts';
import type { EndpointOptions } from './endpoint.ts';
import { openWarehouse } from './open-engine.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { Owner } from './owner.ts';

const SECONDS = 'SELECT sum(sleepEachRow(0.4)) AS slept FROM numbers(6) SETTINGS max_memory_usage = 0';
/** The same for readers, who may not set anything. */
const PLAIN = 'SELECT sum(sleepEachRow(0.4)) AS slept FROM numbers(6)';

async function endpointOver(executionSeconds: number, options: Partial<EndpointOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await scratch('long-query'));
  const engine = stack.use(await EmbeddedEngine.open({ directory: folder.path, log: silentLogger(), readers: { executionSeconds } }));
  engine.owner = await Owner.claim(folder.path);
  const endpoint = await serveSql(engine, { port: 0, ...options });
  stack.defer(() => endpoint.close());
  return { url: endpoint.url, folder: folder.path, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a query may take as long as it needs when a process of ours asks, and only then', async () => {
  await using served = await endpointOver(1);
  expect(await (await fetch(served.url, { method: 'POST', body: PLAIN })).text()).toContain('TIMEOUT_EXCEEDED');
  await using ours = await openWarehouse({ uri: served.folder, role: 'reader', log: silentLogger() });
  expect(await ours.query(PLAIN)).toEqual([{ slept: '0' }]);
  await expect(ours.query(SECONDS)).rejects.toThrow('READONLY');
});

test('a client that waits for the first row is no client that takes nothing', async () => {
  await using served = await endpointOver(600, { stalledMs: 500 });
  for (const [sql, rows] of [
    [PLAIN, '0\n'],
    ['SELECT 1', '1\n'],
  ] as const) {
    expect(await (await fetch(served.url, { method: 'POST', body: sql })).text()).toBe(rows);
  }
});
