import { expect, test } from 'vitest';
import { MemoryStore } from '../test/support/memory-store.ts';
import { openStore } from '../lake/store/open-store.ts';
import { listGenerations } from '../lake/snapshot-log.ts';
import { collect } from '../test/support/collect.ts';
import { copiedRows, finishedGeneration } from '../test/support/copied-table.ts';
import { eventually } from '../test/support/eventually.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { createPipeline } from '../test/support/pipeline.ts';
import { createDatabase } from '../test/support/postgres.ts';
import { prepareLake, startSnapshotter } from '../test/support/snapshot-source.ts';

test.each(['snapshot-planned', 'chunk-put', 'chunk-named', 'snapshot-done'] as const)(
  'after a kill at "%s" a finished table stays, an unfinished one resumes where it can, and nothing is missing',
  async (step) => {
    await using database = await createDatabase();
    await database.query('CREATE TABLE early (id int PRIMARY KEY); INSERT INTO early VALUES (1)');
    await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } });
    // A snapshotter copies nothing before the stream has shown that it reads from the same server.
    pipeline.start(['replicate']);
    const store = await openStore(pipeline.lake);
    {
      await using _snapshotter = startSnapshotter({ database, store });
      await eventually(() => finishedGeneration(store, 'public.early'), 'the first copy');
    }
    await database.query(
      `CREATE TABLE late (id int PRIMARY KEY, filler text); INSERT INTO late SELECT i, repeat('x', 500) FROM generate_series(1, 2000) i`,
    );
    const doomed = pipeline.start(['snapshot', '--snapshot-chunk-bytes', '256KiB'], { TAILRACE_FAILPOINT: step });
    expect(await doomed.ended()).toMatchObject({ signal: 'SIGKILL' });
    await database.query('DELETE FROM late WHERE id = 1');
    await using _snapshotter = startSnapshotter({ database, store, chunkBytes: 256 * 1024 });
    const late = await eventually(() => finishedGeneration(store, 'public.late'), 'the copy after the kill');
    const begun = step === 'chunk-named' || step === 'snapshot-done';
    expect(late.generation).toBe(begun ? 1 : 2);
    const ids = new Set((await copiedRows(store, late)).map(({ id }) => id));
    for (let id = 2; id <= 2000; id += 1) expect(ids).toContain(String(id));
    // A chunk from before may have the row that was deleted since.
    if (!begun) expect(ids).not.toContain('1');
    expect((await listGenerations(store)).filter(({ plan }) => plan.table === 'public.early').length).toBe(1);
  },
);

test('a source that dies in the middle of a copy is waited for, and the copy goes on', async () => {
  await using database = await createDatabase();
  await database.query(
    `CREATE TABLE big (id int PRIMARY KEY, filler text); INSERT INTO big SELECT i, repeat('x', 500) FROM generate_series(1, 20000) i`,
  );
  await using pipeline = createPipeline({ source: database.url });
  const store = await openStore(pipeline.lake);
  await prepareLake(database, store);
  await using snapshotter = startSnapshotter({ database, store, chunkBytes: 256 * 1024, parallel: 1 });
  await eventually(() => snapshotter.events.some(({ event }) => event === 'progress'), 'the first chunk');
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  const big = await eventually(() => finishedGeneration(store, 'public.big'), 'the copy after the crash');
  expect(big.generation).toBe(1);
  expect(new Set((await copiedRows(store, big)).map(({ id }) => id)).size).toBe(20_000);
});

test('a writer deletes a chunk file that no record names, and the copy is whole', async () => {
  await using database = await createDatabase();
  await database.query(
    `CREATE TABLE big (id int PRIMARY KEY, filler text); INSERT INTO big SELECT i, repeat('x', 500) FROM generate_series(1, 5000) i`,
  );
  const store = new FaultyStore(new MemoryStore());
  await prepareLake(database, store);
  store.set({ on: 'put', key: /^snapshot\/.*\.arrow$/, times: 2, fault: { kind: 'failAfterWrite' } });
  await using _snapshotter = startSnapshotter({ database, store, chunkBytes: 256 * 1024, parallel: 1 });
  const big = await eventually(() => finishedGeneration(store, 'public.big'), 'the copy after the lost answers');
  expect(new Set((await copiedRows(store, big)).map(({ id }) => id)).size).toBe(5000);
  const named = new Set((await listGenerations(store)).flatMap(({ chunks }) => chunks.map(({ path }) => path)));
  const files = (await collect(store.list('snapshot/'))).map(({ key }) => key).filter((key) => key.endsWith('.arrow'));
  expect(files.filter((key) => !named.has(key))).toEqual([]);
});
