import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { SHOP_SCHEMA } from '../support/shop-load.ts';
import { expectVerified } from '../support/verified.ts';

const RUN = ['run', '--sql-port', '0', '--http-port', '0'];

test(
  'a publication that sent inserts only for a while leaves no stale row and no ghost, running or not',
  { timeout: 600_000 },
  async () => {
    await using database = await createDatabase();
    await database.query(SHOP_SCHEMA);
    await using pipeline = createPipeline({ source: database.url });
    const run = pipeline.start(RUN);
    await run.event('live');
    const [publication] = await database.query<{ name: string }>(`select pubname as name from pg_publication where pubname !~ 'append'`);
    const narrow = `alter publication ${publication?.name ?? ''} set (publish = 'insert')`;
    const widen = `alter publication ${publication?.name ?? ''} set (publish = 'insert, update, delete, truncate')`;
    await database.query(narrow);
    await database.query(`update orders set state = 'never sent'; delete from customers where id <= 50`);
    await database.query(widen);
    await expectVerified(pipeline);
    run.kill('SIGTERM');
    expect(await run.ended()).toMatchObject({ code: 0 });
    await database.query(narrow);
    await database.query(`update orders set state = 'never sent either'; delete from customers where id <= 100`);
    const again = pipeline.start(RUN);
    await again.event('ready');
    await expectVerified(pipeline);
    expect(again.stderr()).toMatch(/public\.orders.*did not send all of its changes/);
  },
);
