import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { MemoryStore } from '../test/support/memory-store.ts';
import { scratch } from '../test/support/scratch.ts';
import { holdLease } from './builder-lease.ts';
import { DirectoryStore } from './store/directory-store.ts';

const QUICK = { beatMs: 50, silentMs: 1_000 };
const refused = { code: 'TRANSFORM_IN_USE' };

function holder(directory: string): ChildProcess {
  return fork(new URL('../test/support/lease-child.ts', import.meta.url), [directory, JSON.stringify(QUICK)], { execArgv: [] });
}

test('a lock has one holder, and is free at once when that one releases it', async () => {
  const store = new MemoryStore();
  const role = { store, warehouseId: 'w', lock: 'role', pace: QUICK } as const;
  const first = await holdLease(role, { wait: false });
  await expect(holdLease(role, { wait: false })).rejects.toMatchObject(refused);
  const others = [
    await holdLease({ ...role, lock: 'run' }, { wait: false }),
    await holdLease({ ...role, warehouseId: 'v' }, { wait: false }),
  ];
  const stop = new AbortController();
  const left = holdLease(role, { wait: true, signal: stop.signal });
  stop.abort();
  await expect(left).rejects.toMatchObject(refused);
  const next = holdLease(role, { wait: true });
  await first.release();
  for (const hold of [await next, ...others]) {
    expect(hold.lost.aborted).toBe(false);
    await hold.release();
  }
});

test('of those that wait for one lock, one has it', async () => {
  const store = new MemoryStore();
  const role = { store, warehouseId: 'w', lock: 'role', pace: QUICK } as const;
  const tries = await Promise.allSettled([1, 2, 3, 4].map(() => holdLease(role, { wait: false })));
  const won = tries.filter((one) => one.status === 'fulfilled');
  expect(won.length).toBe(1);
  await Promise.all(won.map(({ value }) => value.release()));
});

test('the lock of a killed process is free when it has been silent, and a process that stood still learns of its loss', async () => {
  await using folder = await scratch('tailrace-lease');
  const killed = holder(folder.path);
  await once(killed, 'message');
  const store = new DirectoryStore(folder.path);
  const role = { store, warehouseId: 'w', lock: 'role', pace: QUICK } as const;
  await expect(holdLease(role, { wait: false })).rejects.toMatchObject(refused);
  killed.kill('SIGKILL');
  await (await holdLease(role, { wait: true })).release();

  const stopped = holder(folder.path);
  expect(await once(stopped, 'message')).toEqual(['held', undefined]);
  stopped.kill('SIGSTOP');
  const hold = await holdLease(role, { wait: true });
  const said = once(stopped, 'message');
  stopped.kill('SIGCONT');
  expect((await said)[0]).toBe('lost');
  expect(hold.lost.aborted).toBe(false);
  await hold.release();
  stopped.kill('SIGKILL');
  await once(stopped, 'exit');
});
