import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { parseLsn } from '../../core/lsn.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { listGenerations } from '../../lake/snapshot-log.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

/** Values that an update leaves out, and free room in the first pages for rows that are updated. */
const SETUP = [
  'CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL, doc text NOT NULL)',
  'ALTER TABLE items ALTER doc SET STORAGE EXTERNAL',
  'INSERT INTO items SELECT i, 0, repeat(chr(65 + i % 26), 3000) FROM generate_series(1, 3000) i',
  'DELETE FROM items WHERE id < 900 AND id % 2 = 0',
  'VACUUM items',
];

/**
 * Between the two points of the copy, each in a batch of its own: rows move, lose their key, and go
 * while nothing has the values that were left out.
 */
const CHANGES_BETWEEN = [
  'UPDATE items SET n = 1 WHERE id > 2400',
  'DELETE FROM items WHERE id % 10 = 3',
  'UPDATE items SET id = id + 100000 WHERE id % 10 = 4',
  'UPDATE items SET n = 2 WHERE id % 10 = 4 OR id % 10 = 5',
  'DELETE FROM items WHERE id > 100000 AND id % 100 = 4',
  `INSERT INTO items SELECT i, 3, 'new' FROM generate_series(2, 400, 2) i ON CONFLICT DO NOTHING`,
];

test('a copy that was killed goes on under another snapshot, and nothing that changed between the two is lost', async () => {
  await using database = await createDatabase();
  for (const sql of SETUP) await database.query(sql);
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SNAPSHOT_CHUNK_BYTES: '1MiB' } });
  pipeline.start(['replicate']);
  pipeline.start(['compact', '--sql-port', '0']);
  const killed = pipeline.start(['snapshot', '--snapshot-parallel', '1'], { TAILRACE_FAILPOINT: 'chunk-named' });
  expect(await killed.ended()).toMatchObject({ signal: 'SIGKILL' });
  const store = await openStore(pipeline.lake);
  const manifests = new ManifestLog(store, silentLogger());
  for (const sql of CHANGES_BETWEEN) {
    await database.query(sql);
    const [now] = await database.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
    // Other databases of the server write WAL too; beyond it, only a commit of this one is read
    // soon.
    await database.query("SELECT pg_logical_emit_message(true, 'test', '')");
    await eventually(async () => parseLsn((await manifests.last())?.to ?? '0/0') >= parseLsn(now?.lsn ?? ''), 'a batch with it');
  }
  pipeline.start(['snapshot']);
  await expectVerified(pipeline);
  const copies = await listGenerations(store);
  const [copy] = copies;
  expect(copies).toHaveLength(1);
  expect(copy).toMatchObject({ generation: 1, done: { chunks: copy?.chunks.length } });
  const later = copy?.chunks.filter(({ consistentPoint }) => consistentPoint !== undefined) ?? [];
  expect(later.length).toBeGreaterThan(0);
  expect(later.length).toBeLessThan(copy?.chunks.length ?? 0);
});
