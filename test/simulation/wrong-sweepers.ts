import { DATA_PREFIX, STREAM_PREFIX, manifestNumber, pageKey } from '../../lake/keys.ts';
import { PageKeeper } from '../../lake/retention/page-keeper.ts';
import { lastLook, storeNowMs } from '../../lake/retention/sweep-look.ts';
import { Sweeper } from '../../lake/retention/sweep.ts';
import { collect } from '../support/collect.ts';
import { PAGE_SIZE, POLICY, streamOf } from './lake-parts.ts';
import { LOG } from './simulated-process.ts';
import { turnBy } from './sweep-role.ts';

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
  const { store, time } = process;
  const sweeper = new Sweeper(store, streamOf(process), POLICY, { deletesNamed: true });
  return async () => {
    const last = await lastLook(store);
    if (last !== null && (await storeNowMs(store)) - last.atMs >= POLICY.graceMs)
      for (const key of [...last.look.unnamed, ...(last.look.condemned?.keys ?? [])]) await store.delete(key);
    await sweeper.sweep(time.elapsed());
  };
});

/** A keeper that deletes the single manifests of a page as soon as it finds the page. */
export const keepNoSingles = turnBy((process) => {
  const { store, time } = process;
  const keeper = new PageKeeper({ store, manifests: streamOf(process), log: LOG, graceMs: POLICY.graceMs, time, pageSize: PAGE_SIZE });
  return async () => {
    await keeper.turn();
    for (const { key } of await collect(store.list(STREAM_PREFIX)))
      if ((await store.head(pageKey(Math.floor(((manifestNumber(key) ?? 0) - 1) / PAGE_SIZE)))) !== null) await store.delete(key);
  };
});
