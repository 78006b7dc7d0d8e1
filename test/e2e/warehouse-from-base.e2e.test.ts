import path from 'node:path';
import { expect, test } from 'vitest';
import { parseSnapshotKey } from '../../lake/keys.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { collect } from '../support/collect.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];

test('a new warehouse begins at a base that the live one has written, without the copy', { timeout: 300_000 }, async () => {
  await using database = await createDatabase();
  await database.query(
    "create table t (id int primary key, body text); insert into t select i, 'row ' || i from generate_series(1, 100) i",
  );
  await using pipeline = createPipeline({ source: database.url });
  await using run = pipeline.start(['run', ...PORTS, '--lake-base-interval', '1s']);
  await run.event('live');
  await database.query('update t set id = id + 1000 where id <= 10; delete from t where id between 11 and 20');
  const proven = async (): Promise<boolean> => (await pipeline.cli(['lake', 'ls'])).stdout.includes('proven by rebuild');
  await eventually(proven, 'a base that is proven');
  await database.query("insert into t values (1, 'again'); update t set body = body || '!' where id > 1000");
  await expectVerified(pipeline);
  const store = await openStore(pipeline.lake);
  const copied = (await collect(store.list('snapshot/'))).filter(({ key }) => parseSnapshotKey(key)?.kind === 'data');
  expect(copied.length).toBeGreaterThan(0);
  for (const { key } of copied) await store.delete(key);
  await store.close();
  const other = path.join(pipeline.folder, 'other');
  const content = 'select count(), sum(cityHash64(id, body)) from public.t format TSV';
  const wanted = await pipeline.query(content);
  await using second = pipeline.start(['compact', '--warehouse', other, '--sql-port', '0']);
  await eventually(async () => (await pipeline.cli(['sql', content, '--warehouse', other])).stdout.trim() === wanted, 'the same rows');
  second.kill('SIGTERM');
  expect(await second.ended()).toMatchObject({ code: 0 });
});
