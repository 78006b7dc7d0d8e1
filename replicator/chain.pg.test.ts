import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { NO_RULES } from '../test/support/no-rules.ts';
import { manifestKey } from '../lake/keys.ts';
import { encodeManifest } from '../lake/manifest.ts';
import { startReplication } from '../test/support/replication.ts';
import { beginEpoch } from './start/epoch-start.ts';

const SCHEMA = 'create table items (id int primary key)';

test('each manifest names the hash of the one before it, also after a restart and in a new epoch', async () => {
  await using replication = await startReplication({ schema: SCHEMA });
  const { source, lake } = replication;
  await source.query('insert into items values (1)');
  await lake.rows('public.items', 1);
  await replication.stop();
  await replication.start().ready();
  await source.query('insert into items values (2)');
  await lake.rows('public.items', 2);
  await replication.stop();
  await beginEpoch({ source: { url: source.url }, store: lake.store, rules: NO_RULES, log: silentLogger() });
  await replication.start().ready();
  await source.query('insert into items values (3)');
  await lake.rows('public.items', 3);
  const stored = await lake.manifests();
  expect([...new Set(stored.map(({ epoch }) => epoch))]).toEqual([1, 2]);
  expect(stored.map(({ previous }) => previous)).toEqual([undefined, ...stored.slice(0, -1).map(({ hash }) => hash)]);
});

test('in an older lake, whose manifests name no hash, the chain begins with the next manifest', async () => {
  await using replication = await startReplication({ schema: SCHEMA });
  const { source, lake } = replication;
  await source.query('insert into items values (1)');
  await lake.rows('public.items', 1);
  await replication.stop();
  const { previous: _previous, hash: _hash, ...before } = await lake.last();
  await lake.store.replace(manifestKey(before.number), encodeManifest(before));
  await replication.start().ready();
  await source.query('insert into items values (2)');
  await lake.rows('public.items', 2);
  const [last, next] = (await lake.manifests()).slice(before.number - 1);
  expect(last).not.toHaveProperty('previous');
  expect(next?.previous).toBe(last?.hash);
});
