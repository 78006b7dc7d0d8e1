import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { FailingEngine } from '../test/support/warehouse/failing-engine.ts';
import { cloneToGrow, cloneToRead } from './clone.ts';
import { EmbeddedEngine } from './embedded-engine.ts';

let folder: Scratch;
let engine: EmbeddedEngine;
beforeAll(async () => {
  folder = await scratch('clones');
  engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
  for (const name of ['a', 'b']) await engine.exec(`CREATE DATABASE ${name}`);
  await engine.exec(
    'CREATE TABLE a.t (id UInt64) ENGINE = ReplacingMergeTree ORDER BY id SETTINGS fsync_after_insert = 1, min_age_to_force_merge_seconds = 300, min_age_to_force_merge_on_partition_only = 1',
  );
  for (const from of [0, 10]) await engine.exec(`INSERT INTO a.t SELECT number FROM numbers(${from}, 10)`);
});
afterAll(async () => {
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

const order = { storage: '`a`.`t`', clone: '`b`.`c`' };
const count = async (): Promise<number> => Number((await engine.query<{ n: string }>('SELECT count() AS n FROM b.c'))[0]?.n);
const settings = async (): Promise<string> => {
  const [found] = await engine.query<{ engine_full: string }>("SELECT engine_full FROM system.tables WHERE database = 'b' AND name = 'c'");
  return found?.engine_full ?? '';
};

test.each([
  ['to read', cloneToRead],
  ['to grow', cloneToGrow],
])('a clone %s has each row once, also when it was cut off at any statement before or is made twice', async (_use, clone) => {
  for (const ran of [false, true]) {
    for (let after = 0; ; after += 1) {
      const failing = new FailingEngine(engine);
      failing.failAt({ after, ran });
      const failed = await clone(failing, order).then(
        () => false,
        () => true,
      );
      await clone(engine, order);
      expect(await count()).toBe(20);
      if (!failed) break;
      expect(after).toBeLessThan(5);
    }
  }
});

test('a clone that is read is never merged, and one that grows is merged as its table; both keep fsync', async () => {
  await cloneToRead(engine, order);
  expect(await settings()).toContain('min_age_to_force_merge_seconds = 0,');
  expect(await settings()).toContain('max_bytes_to_merge_at_max_space_in_pool = 1');
  expect(await settings()).toContain('fsync_after_insert = 1');
  await cloneToGrow(engine, order);
  expect(await settings()).toContain('min_age_to_force_merge_seconds = 300');
  expect(await settings()).not.toContain('max_bytes_to_merge_at_max_space_in_pool');
  expect(await settings()).toContain('fsync_after_insert = 1');
});

test('a clone of an empty table is empty', async () => {
  await engine.exec('CREATE TABLE a.none AS a.t');
  await cloneToRead(engine, { ...order, storage: '`a`.`none`' });
  expect(await count()).toBe(0);
});
