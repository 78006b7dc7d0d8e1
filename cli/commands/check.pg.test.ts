import { expect, test } from 'vitest';
import type { CheckItem } from '../../postgres/preflight/preflight.ts';
import { createPipeline, type Pipeline } from '../../test/support/pipeline.ts';
import { createDatabase } from '../../test/support/postgres.ts';

interface Report {
  readonly ready: boolean;
  readonly items: readonly CheckItem[];
  readonly tables: readonly { table: string; identity: string; risks: string[] }[];
}

async function check(pipeline: Pipeline): Promise<Report> {
  const { code, stdout, stderr } = await pipeline.cli(['check', '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Report;
}

test('check reports names that the warehouse has to change, with the SQL that avoids it, and the plan lists every risk', async () => {
  await using database = await createDatabase();
  await database.query(`create schema system; create table system."My Table" (id int primary key);
    create table orders (id int primary key); create table orders__exact (id int primary key); create table log (line text)`);
  await using pipeline = createPipeline({ source: database.url });
  const told = await check(pipeline);
  const names = told.items.filter(({ item }) => ['name in the warehouse', 'exact view'].includes(item));
  expect(names).toEqual([
    {
      item: 'exact view',
      table: 'public.orders',
      value: 'no view shows its exact values, because public.orders__exact is a table',
      verdict: 'warn',
      fix: 'ALTER TABLE public.orders__exact RENAME TO orders_exact;',
    },
    {
      item: 'name in the warehouse',
      table: 'system."My Table"',
      value: 'it is in database pg_system, because ClickHouse or tailrace uses the name of its schema',
      verdict: 'warn',
      fix: 'ALTER SCHEMA system RENAME TO app_system;',
    },
  ]);
  expect(told.tables.map(({ table, identity, risks }) => [table, identity, risks.length])).toEqual([
    ['public.log', 'append', 1],
    ['public.orders', 'key', 1],
    ['public.orders__exact', 'key', 0],
    ['system."My Table"', 'key', 1],
  ]);
  for (const { fix } of names) await database.query(fix ?? '');
  const fixed = await check(pipeline);
  expect(fixed.items.filter(({ item }) => ['name in the warehouse', 'exact view'].includes(item))).toEqual([]);

  const { stdout } = await pipeline.cli(['check']);
  expect(stdout)
    .toContain(`warn  public.log: rows told apart by: nothing (no primary key): append-only; updates and deletes are not replicated
        ALTER TABLE public.log REPLICA IDENTITY FULL;`);
});
