import { epochOf } from '../../../core/table.ts';
import {
  DATA_PREFIX,
  READERS_PREFIX,
  STREAM_PREFIX,
  SWEEP_CLOCK_KEY,
  doneKey,
  manifestNumber,
  pageKey,
  parseSnapshotKey,
} from '../../../lake/keys.ts';
import { PageKeeper } from '../../../lake/retention/page-keeper.ts';
import type { ManifestLog } from '../../../lake/manifest-log.ts';
import { getPositions } from '../../../lake/readers.ts';
import type { TablePosition } from '../../../lake/readers.ts';
import { lastLook, storeNowMs } from '../../../lake/retention/sweep-look.ts';
import { Sweeper } from '../../../lake/retention/sweep.ts';
import { keysOf } from '../../../lake/store/keys-of.ts';
import type { ObjectStore } from '../../../lake/store/object-store.ts';
import { collect } from '../../support/collect.ts';
import { PAGE_SIZE, streamOf } from '../lake-parts.ts';
import { LOG } from '../simulated-process.ts';
import { turnBy } from '../sweep-role.ts';

const HOUR_MS = 3_600_000;

/**
 * A sweeper as it once was: it deletes what no manifest names and what is an hour old by its own
 * clock.
 */
export const sweepByTimes = turnBy((process) => {
  const { store, time } = process;
  const log = streamOf(process);
  return async () => {
    const named = new Set<string>();
    for (let number = 1; ; number += 1) {
      const manifest = await log.read(number);
      if (manifest === null) break;
      for (const { path } of manifest.files) named.add(path);
    }
    for (const { key, modified } of await collect(store.list(DATA_PREFIX)))
      if (!named.has(key) && time.wall() - modified.getTime() > HOUR_MS) await store.delete(key);
  };
});

/** It deletes what a look has put on its list one grace ago, without looking again. */
export const sweepByOneLook = turnBy((process) => {
  const { store, time, world } = process;
  const { policy } = world;
  const sweeper = new Sweeper(store, streamOf(process), policy, { deletesNamed: true });
  return async () => {
    const last = await lastLook(store);
    if (last !== null && (await storeNowMs(store)) - last.atMs >= policy.graceMs)
      for (const key of [...last.look.unnamed, ...(last.look.condemned?.keys ?? [])]) await store.delete(key);
    await sweeper.sweep(time.elapsed());
  };
});

/**
 * It measures by the clocks of its machine what the store has dated: the age of batches and of
 * positions, the grace, and how long it has known a look.
 */
export const sweepByOwnClock = turnBy((process) => {
  const { store, time, world } = process;
  const head: ObjectStore['head'] = async (key) => {
    const facts = await store.head(key);
    return facts === null || key !== SWEEP_CLOCK_KEY ? facts : { ...facts, modified: new Date(time.wall()) };
  };
  const sweeper = new Sweeper(withOther(store, { head }), streamOf(process), world.policy, { deletesNamed: true });
  return () => sweeper.sweep(time.wall());
});

/** When it deletes, it goes by the positions of readers as they were before its last look. */
export const sweepByOldPositions = turnBy((process) => {
  const { store, time, world } = process;
  let known: Map<string, Uint8Array | null> | null = null;
  const found = new Map<string, Uint8Array | null>();
  const get: ObjectStore['get'] = async (key) => {
    const bytes = await store.get(key);
    if (!key.startsWith(READERS_PREFIX)) return bytes;
    found.set(key, bytes);
    return known === null ? bytes : (known.get(key) ?? null);
  };
  const sweeper = new Sweeper(withOther(store, { get }), streamOf(process), world.policy, { deletesNamed: true });
  return async () => {
    if ((await sweeper.sweep(time.elapsed())).look !== null) known = new Map(found);
    found.clear();
  };
});

/** A keeper that deletes the single manifests of a page as soon as it finds the page. */
export const keepNoSingles = turnBy((process) => {
  const { store, time, world } = process;
  const keeper = new PageKeeper({
    store,
    manifests: streamOf(process),
    log: LOG,
    graceMs: world.policy.graceMs,
    time,
    pageSize: PAGE_SIZE,
  });
  return async () => {
    await keeper.turn();
    for (const { key } of await collect(store.list(STREAM_PREFIX)))
      if ((await store.head(pageKey(Math.floor(((manifestNumber(key) ?? 0) - 1) / PAGE_SIZE)))) !== null) await store.delete(key);
  };
});

/** It takes tables that a reader has parked for dropped ones. */
export const sweepParked = turnBy((process) => {
  const { store, time, world } = process;
  const log = streamOf(process);
  let parked: readonly TablePosition[] = [];
  const read: ManifestLog['read'] = async (number) => {
    const found = await log.read(number);
    const catalog = parked.map(({ table, tableId }) => ({ kind: 'dropped' as const, table, tableId }));
    return found === null ? null : { ...found, catalog: [...found.catalog, ...catalog] };
  };
  const sweeper = new Sweeper(store, withOther(log, { read }), world.policy, { deletesNamed: true });
  return async () => {
    parked = (await getPositions(store)).flatMap(({ tables }) => tables.filter(({ state }) => state === 'parked'));
    await sweeper.sweep(time.elapsed());
  };
});

/** It takes each copy of a later epoch that was begun for a whole one. */
export const sweepEndedEpochs = turnBy((process) => {
  const { store, time, world } = process;
  const keys: ObjectStore['keys'] = async function* (prefix, startAfter) {
    for await (const key of keysOf(store, prefix, startAfter)) {
      yield key;
      const of = parseSnapshotKey(key);
      if (of?.kind === 'plan' && epochOf(of.tableId) > 1) yield doneKey(of);
    }
  };
  const sweeper = new Sweeper(withOther(store, { keys }), streamOf(process), world.policy, { deletesNamed: true });
  return () => sweeper.sweep(time.elapsed());
});

/** The same with other answers to some calls. */
function withOther<T extends object>(one: T, other: Partial<T>): T {
  return new Proxy(one, {
    get(of, name) {
      const value: unknown = Reflect.get(other, name) ?? Reflect.get(of, name);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}
