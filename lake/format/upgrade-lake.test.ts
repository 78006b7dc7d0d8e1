import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { FEATURES, putFormat } from './format.ts';
import { formatKey, LAKE_KEY } from '../keys.ts';
import { openLake } from '../lake-identity.ts';
import { ManifestLog } from '../manifest-log.ts';
import { putExpired, putPosition } from '../readers.ts';
import type { Position } from '../readers.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { upgradeLake } from './upgrade-lake.ts';

const SOURCE = { systemId: '7301', database: 'shop' };
const NONE = { format: 0, features: [], turnedOn: [] };
const ALL = { format: 1, features: FEATURES, turnedOn: FEATURES, older: [] };

/** A lake as a version without features made it. */
async function oldLake(): Promise<FaultyStore> {
  const store = new FaultyStore(new MemoryStore());
  await store.put(LAKE_KEY, Buffer.from(JSON.stringify({ id: 'a'.repeat(32), format: 1, source: SOURCE, later: 'kept' })));
  return store;
}

async function wrote(store: ObjectStore, number: number, more: { knows?: string[] } = {}): Promise<void> {
  const log = new ManifestLog(store, silentLogger());
  const previous = number === 1 ? {} : { previous: (await log.read(number - 1))?.hash ?? '' };
  const range = { from: `0/${number}`, to: `0/${number + 1}` };
  await log.append({
    number,
    epoch: 1,
    writer: 'ab',
    ...previous,
    ...range,
    commitTimes: null,
    heartbeat: true,
    files: [],
    catalog: [],
    ...more,
  });
}

function position(warehouseId: string, more: Partial<Position> = {}): Position {
  return { warehouseId, manifest: 0, appliedLsn: '0/0', asOf: null, at: 'then', tables: [], batches: [], windows: [], ...more };
}

test('an older lake gets the features once its writer and every reader know them, and older versions refuse it from then on', async () => {
  const store = await oldLake();
  await wrote(store, 1);
  await putPosition(store, position('old'));
  await putPosition(store, position('half', { knows: ['pages'] }));
  await putPosition(store, position('new', { knows: [...FEATURES, 'later'] }));
  await putPosition(store, position('tap-1'));
  const replicator = { role: 'replicate', id: 'ab', at: null, lacks: FEATURES };
  const half = { role: 'compact', id: 'half', at: 'then', lacks: FEATURES.filter((one) => one !== 'pages') };
  const report = await upgradeLake(store, silentLogger());
  expect(report).toMatchObject(NONE);
  expect(report.older).toHaveLength(4);
  expect(report.older).toContainEqual({ role: 'tap', id: 'tap-1', at: 'then', lacks: FEATURES });
  expect(report.older).toEqual(expect.arrayContaining([replicator, half, { role: 'compact', id: 'old', at: 'then', lacks: FEATURES }]));
  expect(await store.head(formatKey(1))).toBeNull();

  await wrote(store, 2, { knows: [...FEATURES] });
  await putPosition(store, position('half', { knows: [...FEATURES] }));
  // Nothing is kept for a reader that was silent for a month.
  await putExpired(store, 'old', 1);
  await putExpired(store, 'tap-1', 1);
  expect(await upgradeLake(store, silentLogger())).toEqual(ALL);
  const text = Buffer.from((await store.get(LAKE_KEY)) ?? []).toString();
  expect(JSON.parse(text)).toMatchObject({ format: 2, source: SOURCE, later: 'kept' });
  expect((await openLake(store, null)).format.features).toEqual(new Set(FEATURES));
  expect(await upgradeLake(store, silentLogger())).toEqual({ ...ALL, turnedOn: [] });
});

test('an upgrade that broke off is not in force, and the next one completes it', async () => {
  const store = await oldLake();
  store.set({ on: 'replace', key: /^lake/, times: 1, fault: { kind: 'reject' } });
  await expect(upgradeLake(store, silentLogger())).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
  expect((await openLake(store, SOURCE)).format.number).toBe(0);
  await wrote(store, 1);
  expect((await upgradeLake(store, silentLogger())).older).toHaveLength(1);
  await wrote(store, 2, { knows: [...FEATURES] });
  expect(await upgradeLake(store, silentLogger())).toEqual(ALL);
  expect(await store.head(formatKey(2))).toBeNull();
});

test('a lake with some features gets the others, also by two upgrades at once', async () => {
  const store = new MemoryStore();
  await store.put(LAKE_KEY, Buffer.from(JSON.stringify({ id: 'a'.repeat(32), format: 2, source: SOURCE })));
  await putFormat(store, 1, ['pages']);
  const turnedOn = FEATURES.filter((one) => one !== 'pages');
  const reports = await Promise.all([upgradeLake(store, silentLogger()), upgradeLake(store, silentLogger())]);
  expect(reports).toEqual([reports[0], reports[0]]);
  expect(reports[0]).toEqual({ ...ALL, format: 2, turnedOn });
});

test('a role of an older version that begins while the lake is upgraded is named', async () => {
  const store = await oldLake();
  const held = Promise.withResolvers<void>();
  const until = held.promise.then(() => wrote(store, 1));
  store.set({ on: 'put', key: /^format/, times: 1, fault: { kind: 'hold', until, onHeld: held.resolve } });
  expect(await upgradeLake(store, silentLogger())).toMatchObject({ turnedOn: FEATURES, older: [{ role: 'replicate', lacks: FEATURES }] });
});

test('a lake with an unknown feature is not upgraded', async () => {
  const store = await oldLake();
  await store.put(formatKey(1), Buffer.from(JSON.stringify({ number: 1, features: [{ name: 'later', since: '9.0.0' }], at: 'now' })));
  await expect(upgradeLake(store, silentLogger())).rejects.toMatchObject({ code: 'LAKE_TOO_NEW' });
});
