import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { SHOP_SCHEMA, startLoad } from '../support/shop-load.ts';
import { expectVerified } from '../support/verified.ts';

test(
  'a second replicator stands by and takes over from a frozen one, which doubles nothing when it wakes',
  { timeout: 600_000 },
  async () => {
    await using database = await createDatabase();
    await database.query(SHOP_SCHEMA);
    await using pipeline = createPipeline({ source: database.url });
    const first = pipeline.start(['replicate']);
    const rest = [pipeline.start(['snapshot']), pipeline.start(['compact', '--sql-port', '0'])];
    const active = async () =>
      (
        await database.query<{ pid: number | null }>(
          'select active_pid as pid from pg_replication_slots where database = current_database() and not temporary',
        )
      ).map((row) => row.pid)[0];
    const walsender = await eventually(active, 'the first replicator streaming');
    const second = pipeline.start(['replicate']);
    await eventually(() => second.stderr().includes('SLOT_IN_USE'), 'the second replicator standing by');
    const load = startLoad(database.url);
    first.kill('SIGSTOP');
    await database.query(`select pg_terminate_backend(${walsender})`);
    await eventually(async () => {
      const pid = await active();
      return typeof pid === 'number' && pid !== walsender;
    }, 'the second replicator streaming');
    first.kill('SIGCONT');
    const before = load.committed();
    await eventually(() => load.committed() > before + 300, 'traffic after the take-over');
    await load.stop();
    await expectVerified(pipeline);
    expect(rest.every((role) => role.pid > 0)).toBe(true);
  },
);
