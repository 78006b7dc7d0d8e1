import { setImmediate as soon } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { heartbeat } from '../../test/support/pages/paged-lake.ts';
import { ManifestLog } from '../manifest-log.ts';
import { encodeManifest } from '../manifest.ts';
import { MANIFESTS_PER_PAGE, encodePage } from './manifest-page.ts';
import type { ListedObject, ObjectFacts } from '../store/object-store.ts';

const PAGES = 31_500;
const LAST = PAGES * MANIFESTS_PER_PAGE + 87_000;

/**
 * A lake of a year at one manifest a second, as far as it is asked for. The manifests of the last
 * day are not in pages yet.
 */
class YearLake extends MemoryStore {
  requests = 0;
  /** Requests that were sent at once count as one. */
  turns = 0;
  #open = 0;

  override async head(key: string): Promise<ObjectFacts | null> {
    await this.#answer();
    return this.#has(key) ? { bytes: 1, modified: new Date(0) } : null;
  }

  override async get(key: string): Promise<Uint8Array | null> {
    await this.#answer();
    if (!this.#has(key)) return null;
    return key.startsWith('stream/') ? manifest(numberOf(key)) : page(numberOf(key));
  }

  override list(): AsyncIterable<ListedObject> {
    this.requests += 1;
    return super.list('none/');
  }

  async #answer(): Promise<void> {
    this.requests += 1;
    if (this.#open === 0) this.turns += 1;
    this.#open += 1;
    await soon();
    this.#open -= 1;
  }

  #has(key: string): boolean {
    const number = numberOf(key);
    return key.startsWith('page/') ? number < PAGES : number > (PAGES - 100) * MANIFESTS_PER_PAGE && number <= LAST;
  }
}

function numberOf(key: string): number {
  return Number(/\d+/.exec(key)?.[0]);
}

function manifest(number: number): Uint8Array {
  return encodeManifest(heartbeat(number, { epoch: 1 + Math.floor(number / 20_000_000) }));
}

function page(k: number): Uint8Array {
  return encodePage(Array.from({ length: MANIFESTS_PER_PAGE }, (_, index) => manifest(k * MANIFESTS_PER_PAGE + index + 1)));
}

test.for([
  ['the last manifest', (log: ManifestLog) => log.last(), LAST],
  ['the newest manifest', (log: ManifestLog) => log.newest(null), LAST],
  ['the last of an epoch', (log: ManifestLog) => log.lastOf({ epoch: 2, consistentPoint: '0/1' }), LAST],
  ['the last one, from one of half a year ago', (log: ManifestLog) => log.last(LAST / 2), LAST],
] as const)('in a lake of 31 million manifests, %s is found by 90 requests in 35 turns', async ([, find, number]) => {
  const store = new YearLake();
  expect((await find(new ManifestLog(store, silentLogger())))?.number).toBe(number);
  expect(store.requests).toBeLessThanOrEqual(90);
  expect(store.turns).toBeLessThanOrEqual(35);
});

test('in a lake of 31 million manifests, a process that knows a manifest finds what comes after it by 20 requests', async () => {
  const store = new YearLake();
  const log = new ManifestLog(store, silentLogger());
  expect((await log.read(LAST - 1))?.number).toBe(LAST - 1);
  expect((await log.last(LAST - 1))?.number).toBe(LAST);
  expect(store.requests).toBeLessThanOrEqual(20);
});

test('in a lake of 31 million manifests, the end of an epoch is found by 64 requests, and the next place by half of them', async () => {
  const store = new YearLake();
  const log = new ManifestLog(store, silentLogger());
  for (const most of [64, 32]) {
    store.requests = 0;
    expect(await log.firstNotBelow(LAST, ({ epoch }) => epoch < 2)).toBe(20_000_000);
    expect(store.requests).toBeLessThanOrEqual(most);
  }
});
