import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { CheckItem } from '../postgres/preflight/preflight.ts';
import { createPipeline } from '../test/support/pipeline.ts';
import { createDatabase } from '../test/support/postgres.ts';
import { ROOT } from './pages.ts';

const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
const blocks = (text: string): string[] => [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = '']) => sql);

test('the SQL of the source role is that of README, and check asks for nothing more', async () => {
  const [role = '', options = ''] = blocks(read('docs/SECURITY.md'));
  expect(role).toContain('CREATE ROLE tailrace LOGIN REPLICATION');
  expect(blocks(read('README.md'))).toContain(role);
  await using database = await createDatabase();
  const suffix = randomBytes(4).toString('hex');
  const [user, owner] = [`tailrace_${suffix}`, `app_owner_${suffix}`];
  const named = (sql: string): string =>
    sql.replaceAll(/\btailrace\b/g, user).replaceAll(/\bapp_owner\b/g, owner).replaceAll(/\bDATABASE app\b/g, `DATABASE ${database.name}`);
  try {
    await database.query(`create role ${owner}; create schema shop authorization ${owner}; set role ${owner};
      create table shop.orders (id int primary key, note text); insert into shop.orders values (1, 'a'); reset role`);
    await database.query(named(role));
    await database.query(named(options));
    const source = new URL(database.url);
    [source.username, source.password] = [user, '…'];
    await using pipeline = createPipeline({ source: source.href });
    const { code, stdout, stderr } = await pipeline.cli(['check', '--json']);
    const { ready, items } = JSON.parse(stdout) as { ready: boolean; items: readonly CheckItem[] };
    expect({ code, stderr, ready, failed: items.filter(({ verdict }) => verdict === 'fail') }).toEqual({
      code: 0,
      stderr: '',
      ready: true,
      failed: [],
    });
    const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
    await run.event('live');
    await database.query(`set role ${owner}; create table shop.later (id int primary key); insert into shop.later values (7); reset role`);
    await run.event('table', ({ table, state }) => table === 'shop.later' && state === 'live');
    expect((await pipeline.cli(['sql', 'SELECT id FROM shop.later'])).stdout).toBe('7\n');
    run.kill('SIGTERM');
    await run.ended();
    expect((await pipeline.cli(['teardown'])).code).toBe(0);
  } finally {
    await database.query(`drop owned by ${user}; drop role ${user}; drop owned by ${owner} cascade; drop role ${owner}`);
  }
});
