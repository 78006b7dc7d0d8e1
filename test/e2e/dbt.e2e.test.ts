import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../../docs/pages.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Running } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';

/** The program dbt of an environment with examples/dbt/requirements.txt. */
const DBT = process.env['TEST_DBT'];
const MISSING = 'python3 -m venv v && v/bin/pip install -r examples/dbt/requirements.txt, then TEST_DBT=v/bin/dbt';
const TOKEN = 'a password of the builder';
const SCHEMA = `
  create type order_state as enum ('cart', 'placed', 'paid', 'shipped', 'delivered', 'returned');
  create table orders (id bigint primary key, customer_id bigint, state order_state, total numeric(12,2), placed_at timestamptz, updated_at timestamptz);
  create table order_items (order_id bigint, line smallint, product_id int, quantity int, price numeric(10,2), primary key (order_id, line));
  insert into orders select i, i % 9, (enum_range(null::order_state))[1 + i % 6], i, '2026-11-01 00:00Z'::timestamptz + i * interval '1 hour', '2026-11-20 00:00Z' from generate_series(1, 200) i;
  insert into order_items select o, l, l, 1 + o % 3, o / 4.0 from generate_series(1, 200) o, generate_series(1, 3) l;
`;
const CHANGES = `
  update orders set state = 'paid', updated_at = '2026-11-29 00:00Z' where id % 10 = 0;
  update order_items set quantity = quantity + 1 where order_id % 10 = 0;
  insert into orders values (201, 1, 'placed', 10, '2026-11-29 00:00Z', '2026-11-29 00:00Z');
  insert into order_items values (201, 1, 1, 2, 5);
`;

test.skipIf(DBT === undefined)(
  `dbt builds on freezes${DBT === undefined ? ` (skipped: ${MISSING})` : ''}`,
  { timeout: 300_000 },
  async () => {
    await using source = await createDatabase();
    await source.query(SCHEMA);
    await using pipeline = createPipeline({
      source: source.url,
      env: { TAILRACE_SQL_WRITES: 'analytics', TAILRACE_SQL_WRITE_TOKEN: TOKEN },
    });
    const project = path.join(pipeline.folder, 'project');
    await cp(path.join(ROOT, 'examples/dbt'), project, { recursive: true });
    let sql = '';
    const begin = async (): Promise<Running> => {
      const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
      sql = String((await run.event('ready'))['sql']);
      return run;
    };
    const first = await begin();
    const dbt = async (...args: string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)(
        path.resolve(DBT ?? ''),
        [...args, '--project-dir', project, '--profiles-dir', project, '--no-use-colors'],
        {
          cwd: pipeline.folder,
          env: { ...process.env, TAILRACE_SQL_PORT: new URL(sql).port, TAILRACE_SQL_WRITE_TOKEN: TOKEN },
        },
      ).catch((error: Error & { stdout?: string }) => Promise.reject(new Error(`${error.message}\n${error.stdout ?? ''}`)));
      return stdout;
    };
    const frozen = async (): Promise<void> => {
      for (const args of [
        ['await', '--now'],
        ['freeze', 'nightly'],
      ])
        expect(await pipeline.cli(args)).toMatchObject({ code: 0 });
    };

    await frozen();
    const nodes = 'PASS=15 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=15';
    expect(await dbt('build')).toContain(nodes);
    const state = 'SELECT count(), sum(revenue) FROM analytics.revenue_by_day';
    const built = await pipeline.query(state);
    await source.query(CHANGES);
    await first[Symbol.asyncDispose]();
    await begin();
    expect(await pipeline.cli(['await', '--now'])).toMatchObject({ code: 0 });
    expect(await dbt('build')).toContain(nodes);
    // The freeze has not moved, so nothing has changed.
    expect(await pipeline.query(state)).toBe(built);
    await frozen();
    expect(await dbt('build')).toContain(nodes);
    const [[days = '', revenue = ''] = []] = [await pipeline.query(state)].map((row) => row.split('\t'));
    const [sold] = await source.query<{ days: string; revenue: string }>(
      "select count(distinct (placed_at at time zone 'UTC')::date) as days, trim_scale(sum(quantity * price)) as revenue from orders join order_items on order_id = id",
    );
    expect({ days, revenue }).toEqual(sold);
    expect(await pipeline.query('SELECT count(), countIf(dbt_valid_to IS NOT NULL) FROM analytics.order_states')).toBe('214\t13');
    expect(await pipeline.cli(['rebuild'])).toMatchObject({
      stdout: 'the warehouse is rebuilt\ndatabases of sqlWrites (analytics) are not in the lake; they are as they were\n',
    });
    expect(await pipeline.cli(['freeze', 'drop', 'nightly'])).toMatchObject({ code: 0 });
    expect(await pipeline.query(state)).toBe(`${days}\t${revenue}`);
    await frozen();
    expect(await pipeline.cli(['rebuild'])).toMatchObject({
      stdout: 'the warehouse is rebuilt\ndatabases of sqlWrites (analytics) are not in the lake; they are as they were\n',
    });
    expect(await pipeline.cli(['freeze', 'drop', 'nightly'])).toMatchObject({ code: 0 });
    expect(await pipeline.query(state)).toBe(`${days}\t${revenue}`);
    await frozen();
    expect(await dbt('docs', 'generate')).toContain('Catalog written to');
    expect(
      await pipeline.query("SELECT comment FROM system.columns WHERE database = 'analytics' AND table = 'revenue_by_day' AND name = 'day'"),
    ).toBe("The day of the order, in UTC; it\\'s the key.");
  },
);
