import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { startClickhouse } from '../support/servers/clickhouse-front.ts';
import { expectVerified } from '../support/verified.ts';

/** Rows that were applied twice show where there is no key. */
const SCHEMA = `
  create table counts (id int primary key, n int); insert into counts select g, 0 from generate_series(1, 100) g;
  create table readings (n int); alter table readings replica identity full`;

test(
  'a second compactor on a server stands by, and takes over from one that was killed and from one that was stopped',
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
    await change();
    expect(second.events.map(({ event }) => event)).toEqual(['standby']);
    first.kill('SIGKILL');
    await second.event('ready');
    const third = pipeline.start(['compact']);
    await third.event('standby');
    await change();
    second.kill('SIGTERM');
    expect(await second.ended()).toMatchObject({ code: 0 });
    await third.event('ready');
    await change();
    await expectVerified(pipeline);
  },
);
