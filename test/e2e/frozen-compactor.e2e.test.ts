import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { startClickhouse } from '../support/servers/clickhouse-front.ts';
import { expectVerified } from '../support/verified.ts';

/** Rows that were applied twice show where there is no key. */
const SCHEMA = `
  create table counts (id int primary key, n int); insert into counts select g, 0 from generate_series(1, 100) g;
  create table readings (n int); alter table readings replica identity full`;

/** Longer than the silence after which the second one takes over. */
const TAKES_OVER_MS = 300_000;

test(
  'a compactor that was frozen until another one took its server over ends when it wakes, and changes nothing',
  { timeout: 600_000 },
  async () => {
    await using database = await createDatabase();
    await database.query(SCHEMA);
    await using server = await startClickhouse();
    await using pipeline = createPipeline({ source: database.url, warehouse: server.url });
    pipeline.start(['replicate']);
    pipeline.start(['snapshot']);
    const change = async (): Promise<void> => {
      for (let n = 0; n < 50; n += 1) {
        await database.query(`update counts set n = n + 1 where id = ${1 + n}`);
        await database.query(`insert into readings values (${n}), (${n})`);
        if (n % 10 === 9) await database.query('delete from readings where n = 3');
      }
    };
    const first = pipeline.start(['compact']);
    await first.event('ready');
    const second = pipeline.start(['compact']);
    await second.event('standby');
    expect(await pipeline.cli(['await', '--now', '--timeout', '180s'])).toMatchObject({ code: 0 });
    // It is at work when it stops.
    const changing = change();
    first.kill('SIGSTOP');
    await changing;
    await second.event('ready', () => true, TAKES_OVER_MS);
    const changingAgain = change();
    first.kill('SIGCONT');
    const { code, stderr } = await first.ended();
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('WAREHOUSE_TAKEN');
    await changingAgain;
    await expectVerified(pipeline);
  },
);
