import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { serveMonitor } from '../monitor/http-server.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { ReportFolder } from './report-folder.ts';
import { watchRoutes } from './watch-routes.ts';
import { Watcher } from './watcher.ts';

const openReader = (): Promise<never> => Promise.reject(new Error('nobody may get here'));

test('watches and reports are served to those who have the token', async () => {
  await using watcher = new Watcher({ store: new MemoryStore(), warehouseId: 'w', log: silentLogger(), openReader });
  await using reports = new ReportFolder(null);
  const source = { report: async () => null, history: () => [], everyMs: 1000 };
  const server = await serveMonitor({ port: 0, host: '127.0.0.1', token: 'secret' }, source, watchRoutes({ watcher, reports }));
  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${server.url}${path}`, { headers })).status;
  for (const path of ['/report', '/report/events', '/watch?report=a', '/watch?sql=SELECT%201']) {
    expect([path, await status(path)]).toEqual([path, 401]);
    expect([path, await status(path, { authorization: 'Bearer wrong' })]).toEqual([path, 401]);
  }
  expect(watcher.figures.queries).toBe(0);
  expect(await status('/report', { authorization: 'Bearer secret' })).toBe(200);
  expect(await status('/watch?report=none', { authorization: 'Bearer secret' })).toBe(404);
  await server.close();
});
