import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import type { RoleName } from '../../core/setting.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { RoleEvent } from './role-event.ts';
import { RoleHost } from './role-host.ts';
import type { HostOptions } from './role-host.ts';

/** A process that serves two roles; the source does not answer, and the compactor cannot begin. */
function hostOf(roles: readonly RoleName[], folder: string, options: Partial<HostOptions> = {}): RoleHost & AsyncDisposable {
  const text = {
    source: 'postgres://127.0.0.1:1/none',
    lake: path.join(folder, 'lake'),
    warehouse: path.join(folder, 'warehouse'),
    sqlHost: '0.0.0.0',
    httpPort: '0',
  };
  const host = new RoleHost({ roles, text, log: silentLogger(), onLog: () => undefined, onOverload: () => undefined, ...options });
  return Object.assign(host, {
    async [Symbol.asyncDispose]() {
      host.stop();
      await host.ended;
    },
  });
}

function scratch(): Disposable & { readonly folder: string } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-host-'));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }) };
}

test('a role that fails leaves its process to the others, and can be started there again', async () => {
  using place = scratch();
  await using host = hostOf(['compact', 'monitor'], place.folder);
  const monitor: RoleEvent[] = [];
  void host.live('monitor', null, (event) => monitor.push(event));
  for (const _ of [1, 2]) {
    const compact: RoleEvent[] = [];
    await host.live('compact', null, (event) => compact.push(event));
    expect(compact).toEqual([expect.objectContaining({ event: 'error', message: expect.stringContaining('BAD_CONFIG'), exitCode: 2 })]);
    expect(host.gone).toBe(false);
  }
  const ready = await eventually(() => monitor.find((event) => event.event === 'ready'), 'the page');
  expect((await fetch('page' in ready ? ready.page : '')).status).toBe(200);
});

test('the process of one role ends with it', async () => {
  using place = scratch();
  await using host = hostOf(['compact'], place.folder);
  await host.live('compact', null, () => undefined);
  expect(host.gone).toBe(true);
});

test('a process that does not answer is killed, and with it end all its roles', async () => {
  using place = scratch();
  const found: string[] = [];
  await using host = hostOf(['compact', 'monitor'], place.folder, { pingMs: 300, onOverload: (state) => found.push(state) });
  const ended: RoleName[] = [];
  const monitor = host.live('monitor', null, (event) => event.event === 'ready' && process.kill(host.pid, 'SIGSTOP'));
  void monitor.then(() => ended.push('monitor'));
  await host.ended;
  expect([found, await eventually(() => ended.at(0), 'the end of the role')]).toEqual([['hangs'], 'monitor']);
});
