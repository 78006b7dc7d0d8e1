import { expect, test } from 'vitest';
import { startPostgres } from '../test/support/postgres.ts';
import type { PostgresServer } from '../test/support/postgres.ts';
import { startReplication } from '../test/support/replication.ts';
import type { Replication } from '../test/support/replication.ts';
import { failOver, keepDisk } from '../test/support/set-back.ts';
import type { KeptDisk } from '../test/support/set-back.ts';

const SCHEMA = 'create table items (id int primary key)';

/**
 * A lake with a row, whose replicator has stopped, and the disk of a standby that got everything
 * until then.
 */
async function withStandby(server: PostgresServer): Promise<{ replication: Replication; disk: KeptDisk }> {
  const replication = await startReplication({ schema: SCHEMA, server });
  await replication.source.query('insert into items values (1)');
  await replication.lake.rows('public.items', 1);
  await replication.stop();
  const disk = await keepDisk(server);
  return { replication, disk };
}

async function refusal(replication: Replication): Promise<string> {
  return String(
    await replication
      .start()
      .ready()
      .catch((error: unknown) => error),
  );
}

test('a failover that lost only heartbeats is no gap, and later changes arrive once', async () => {
  await using server = await startPostgres();
  const { replication, disk } = await withStandby(server);
  using _disk = disk;
  await using _replication = replication;
  await replication.start().ready();
  await replication.beats(2);
  await replication.stop();
  const lost = await replication.lake.last();
  await failOver(server, disk);
  await replication.start().ready();
  await using source = await replication.reconnect();
  await source.query('insert into items values (2)');
  expect((await replication.lake.rows('public.items', 2)).map(({ id }) => id)).toEqual(['1', '2']);
  const next = (await replication.lake.manifests())[lost.number];
  expect(next).toMatchObject({ number: lost.number + 1, epoch: 1, previous: lost.hash });
});

test('a failover that lost a row is a gap', async () => {
  await using server = await startPostgres();
  const { replication, disk } = await withStandby(server);
  using _disk = disk;
  await using _replication = replication;
  await replication.start().ready();
  await using before = await replication.reconnect();
  await before.query('insert into items values (2)');
  await replication.lake.rows('public.items', 2);
  await replication.beats(1);
  await replication.stop();
  await failOver(server, disk);
  await using source = await replication.reconnect();
  await source.query('insert into items values (7); select pg_switch_wal()');
  await source.query('insert into items values (8)');
  expect(await refusal(replication)).toMatch(/GAP: .*timeline 2/);
});

test('an old primary that answers after a failover is a gap', async () => {
  await using server = await startPostgres();
  const { replication, disk } = await withStandby(server);
  using _disk = disk;
  await using _replication = replication;
  using old = await keepDisk(server);
  await failOver(server, disk);
  await replication.start().ready();
  await replication.beats(1);
  await replication.stop();
  await old.putBack();
  await using source = await replication.reconnect();
  await source.query('insert into items values (2); select pg_switch_wal()');
  await source.query('insert into items values (3)');
  expect(await refusal(replication)).toMatch(/GAP: .*timeline 1.*timeline 2/);
});
