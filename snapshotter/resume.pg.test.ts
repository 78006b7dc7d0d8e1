import PQueue from 'p-queue';
import { expect, test } from 'vitest';
import { listGenerations } from '../lake/snapshot-log.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { copy, rowsOf } from '../test/support/copied-group.ts';
import { finishedGeneration } from '../test/support/copied-table.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { createDatabase } from '../test/support/postgres.ts';
import type { TestDatabase } from '../test/support/postgres.ts';
import { LetGo } from './let-go.ts';

const MOVING = `
  CREATE TABLE moving (id int PRIMARY KEY, n int NOT NULL, body text NOT NULL);
  ALTER TABLE moving ALTER body SET STORAGE EXTERNAL;
  INSERT INTO moving SELECT i, 0, repeat(chr(65 + i % 26), 3000) FROM generate_series(1, 3000) i;
  DELETE FROM moving WHERE id < 900 AND id % 2 = 0;
  VACUUM moving;`;

/** A copy whose fourth chunk the store refused: the first three are in the lake. */
async function brokenOff(database: TestDatabase): Promise<FaultyStore> {
  const store = new FaultyStore(new MemoryStore());
  store.set({ on: 'put', key: /000004\.json$/, fault: { kind: 'reject' } });
  const { settled } = await copy(database, ['public.moving'], { store, chunkBytes: 1 << 20 });
  expect(settled.get('public.moving')).toBeInstanceOf(Error);
  store.heal();
  return store;
}

test('a copy that broke off resumes, and has the rows that moved into its copied pages since', async () => {
  await using database = await createDatabase();
  for (const sql of MOVING.split(';\n')) await database.query(sql);
  const store = await brokenOff(database);
  await database.query('UPDATE moving SET n = 1 WHERE id > 2600');
  const [before] = await listGenerations(store);
  const copied = (before?.chunks ?? []).filter(({ endsRange }) => endsRange).map(({ range }) => range);
  const inCopied = copied.map(({ from, to }) => `ctid >= '(${from},0)' AND ctid < '(${to},0)'`).join(' OR ');
  const moved = await database.query(`SELECT FROM moving WHERE n = 1 AND (${inCopied})`);
  expect(moved.length).toBeGreaterThan(0);

  expect((await copy(database, ['public.moving'], { store, chunkBytes: 1 << 20 })).settled.get('public.moving')).toBe(null);
  const generation = await finishedGeneration(store, 'public.moving');
  expect(generation).toMatchObject({ generation: 1, plan: before?.plan, done: { chunks: generation?.chunks.length } });
  const later = generation?.chunks.filter(({ consistentPoint }) => consistentPoint !== undefined) ?? [];
  expect(later.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThan(3000 - (before?.chunks[0]?.rows ?? 0));
  const newest = new Map((await rowsOf(store, 'public.moving')).map((row) => [row[0], row]));
  const now = await database.query<{ id: string; n: string; body: string }>('SELECT id::text, n::text, body FROM moving');
  expect([...newest.values()].toSorted(byId)).toEqual(now.map(({ id, n, body }) => [id, n, body]).toSorted(byId));
});

const byId = (a: (string | null)[], b: (string | null)[]): number => Number(a[0]) - Number(b[0]);

test.each([
  ['rewritten', 'VACUUM FULL moving'],
  ['emptied and filled', 'TRUNCATE moving; INSERT INTO moving VALUES (1, 1, 1)'],
  ['given another column', 'ALTER TABLE moving ADD more int'],
])('a copy whose table was %s since begins again', async (_what, sql) => {
  await using database = await createDatabase();
  for (const step of MOVING.split(';\n')) await database.query(step);
  const store = await brokenOff(database);
  await database.query(sql);
  expect((await copy(database, ['public.moving'], { store })).settled.get('public.moving')).toBe(null);
  expect((await finishedGeneration(store, 'public.moving'))?.generation).toBe(2);
});

test('rows without a key are counted, so a copy of them is never of two points', async () => {
  await using database = await createDatabase();
  for (const sql of [...MOVING.split(';\n'), 'ALTER TABLE moving DROP CONSTRAINT moving_pkey', 'ALTER TABLE moving REPLICA IDENTITY FULL'])
    await database.query(sql);
  const store = await brokenOff(database);
  expect((await copy(database, ['public.moving'], { store })).settled.get('public.moving')).toBe(null);
  expect(await finishedGeneration(store, 'public.moving')).toMatchObject({ generation: 2, done: { rows: 2551 } });
});

test('a snapshot is let go between two ranges when it was held long enough, and the copy goes on under the next', async () => {
  await using database = await createDatabase();
  for (const sql of MOVING.split(';\n')) await database.query(sql);
  const store = new MemoryStore();
  const settings = { store, chunkBytes: 1 << 20, queue: new PQueue({ concurrency: 1 }), maxHoldMs: 1 };
  let rounds = 0;
  for (let outcome: unknown = new LetGo(); outcome instanceof LetGo; rounds += 1)
    outcome = (await copy(database, ['public.moving'], settings)).settled.get('public.moving');
  expect(rounds).toBeGreaterThan(1);
  const generation = await finishedGeneration(store, 'public.moving');
  expect(generation?.generation).toBe(1);
  expect(new Set((await rowsOf(store, 'public.moving')).map(([id]) => id)).size).toBe(2551);
});
