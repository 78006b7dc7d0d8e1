import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { childrenOf } from '../../test/support/servers/child-processes.ts';
import { supervise } from './supervisor.ts';

test('a process that is killed while it checks the source is started again', async () => {
  const seen: number[] = [];
  const ended = new AbortController();
  // A source that accepts, says nothing, and closes the connection of the second process.
  const source = createServer((socket) => {
    socket.on('error', () => undefined);
    const pid = childrenOf(process.pid).find(({ args }) => args.includes('snapshot'))?.pid ?? 0;
    if (seen.length === 0) process.kill(pid, 'SIGKILL');
    else if (pid !== seen[0]) socket.destroy();
    seen.push(pid);
  }).listen(0, '127.0.0.1');
  await once(source, 'listening');
  const { port } = source.address() as AddressInfo;
  try {
    const text = { source: `postgres://127.0.0.1:${port}/none?sslmode=disable`, lake: '/nowhere/lake', warehouse: '/nowhere/warehouse' };
    const options = { roles: ['snapshot'], text, processes: 'each', log: silentLogger(), signal: ended.signal } as const;
    const fatal = await supervise({ ...options, onEvent: () => undefined, onLog: () => undefined });
    expect(fatal?.message).toMatch(/^SOURCE_/);
    expect(new Set(seen).size).toBeGreaterThan(1);
  } finally {
    ended.abort();
    source.close();
  }
});
