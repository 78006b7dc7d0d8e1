import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryOf } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import { collect } from '../test/support/collect.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { scratch } from '../test/support/scratch.ts';
import { DirectoryStore } from './store/directory-store.ts';
import { manifestKey } from './keys.ts';
import { ManifestLog } from './manifest-log.ts';
import type { Manifest } from './manifest.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import type { ObjectStore } from './store/object-store.ts';

/** The next manifest of a writer that stands after `last`. */
function nextOf(last: Manifest | null, writer: string): Manifest {
  const number = (last?.number ?? 0) + 1;
  return {
    number,
    epoch: 1,
    writer,
    from: last?.to ?? '0/1',
    to: `0/${(number + 1).toString(16).toUpperCase()}`,
    commitTimes: null,
    heartbeat: true,
    files: [],
    catalog: [],
  };
}

/**
 * Appends `count` manifests as a role does: again on what heals by itself, from the lake's last
 * manifest after FENCED. Answers what it was told is stored.
 */
async function write(store: ObjectStore, writer: string, count: number): Promise<Manifest[]> {
  const log = new ManifestLog(store, silentLogger());
  const stored: Manifest[] = [];
  let known: number | undefined;
  let pending: Manifest | null = null;
  while (stored.length < count) {
    try {
      pending ??= nextOf(await log.last(known), writer);
      await log.append(pending);
      stored.push(pending);
      known = pending.number;
      pending = null;
    } catch (error) {
      if (retryOf(error) !== 'backoff') throw error;
      if (error instanceof Error && error.message.startsWith('FENCED')) pending = null;
    }
  }
  return stored;
}

test('with any failed puts and lost answers, several writers leave one gapless prefix that has each stored manifest once', async () => {
  const fault = fc.constantFrom('none', 'none', 'reject', 'failAfterWrite');
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (faults, writers) => {
      const store = new FaultyStore(new MemoryStore());
      const queue = [...faults];
      const put = store.put.bind(store);
      store.put = async (key, bytes) => {
        const next = queue.shift();
        if (next === 'reject' || next === 'failAfterWrite') store.set({ on: 'put', times: 1, fault: { kind: next } });
        return put(key, bytes);
      };
      const told = (await Promise.all(Array.from({ length: writers }, (_, index) => write(store, `a${index}`, 5)))).flat();
      const log = new ManifestLog(store, silentLogger());
      const last = await log.last();
      const all = await Promise.all(Array.from({ length: last?.number ?? 0 }, (_, index) => log.read(index + 1)));
      expect(all.map((manifest) => manifest?.number)).toEqual(all.map((_, index) => index + 1));
      for (const [index, manifest] of all.entries()) expect(manifest?.from).toBe(all[index - 1]?.to ?? '0/1');
      expect(told.map((manifest) => manifest.number).toSorted((a, b) => a - b)).toEqual(all.map((_, index) => index + 1));
    }),
    { numRuns: 60 },
  );
});

test('a writer whose put was delayed while another took over is FENCED, and nothing is doubled', async () => {
  await using folder = await scratch();
  const shared = new DirectoryStore(folder.path);
  const zombie = new FaultyStore(shared);
  await write(shared, 'aa', 3);
  const release = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  zombie.set({ on: 'put', times: 1, fault: { kind: 'hold', until: release.promise, onHeld: held.resolve } });
  const zombieLog = new ManifestLog(zombie, silentLogger());
  const late = zombieLog.append(nextOf(await zombieLog.last(), 'aa'));
  await held.promise;
  await write(shared, 'bb', 2);
  release.resolve();
  await expect(late).rejects.toMatchObject({ code: 'FENCED' });
  const log = new ManifestLog(shared, silentLogger());
  const writers = await Promise.all([1, 2, 3, 4, 5].map(async (number) => (await log.read(number))?.writer));
  expect(writers).toEqual(['aa', 'aa', 'aa', 'bb', 'bb']);
  expect((await collect(shared.list('stream/'))).map(({ key }) => key)).toEqual([1, 2, 3, 4, 5].map(manifestKey));
});

test('a zombie that takes the next number first is part of the prefix, and the other is FENCED and continues after it', async () => {
  const store = new MemoryStore();
  await write(store, 'aa', 1);
  const log = new ManifestLog(store, silentLogger());
  const planned = nextOf(await log.last(), 'bb');
  await write(store, 'aa', 1);
  await expect(log.append(planned)).rejects.toMatchObject({ code: 'FENCED' });
  expect((await write(store, 'bb', 1)).map(({ number, from }) => [number, from])).toEqual([[3, '0/3']]);
});
