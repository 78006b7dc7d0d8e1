import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { forkFront, FRONT_PASSWORD } from '../../test/support/servers/clickhouse-front.ts';
import { grantedUser } from '../../test/support/servers/granted-user.ts';
import { scratch } from '../../test/support/scratch.ts';

/** The grants of the file, without the user: a file of users does not name it again. */
const GRANTS = readFileSync(path.join(import.meta.dirname, 'grants.sql'), 'utf8')
  .split(';')
  .flatMap((one) => /^GRANT [\s\S]*(?= TO builder$)/m.exec(one.trim()) ?? []);

const ALLOWED = [
  'CREATE DATABASE IF NOT EXISTS analytics',
  "SELECT name, value, readonly FROM system.settings WHERE name = 'mutations_sync'",
  'CREATE TABLE analytics.new (id Int32, name String) ENGINE = MergeTree ORDER BY id SETTINGS replicated_deduplication_window = 0',
  'INSERT INTO analytics.new SELECT id, toString(id) FROM nightly_public.orders',
  'CREATE TABLE analytics.made ENGINE = MergeTree ORDER BY id EMPTY AS SELECT id, name FROM analytics.new',
  'EXCHANGE TABLES analytics.new AND analytics.made',
  'RENAME TABLE analytics.new TO analytics.renamed',
  'CREATE OR REPLACE VIEW analytics.v AS SELECT id FROM analytics.made',
  'DELETE FROM analytics.made WHERE (id) IN (SELECT id FROM analytics.v)',
  "ALTER TABLE analytics.made MODIFY COLUMN name Nullable(String), COMMENT COLUMN id 'it', ADD INDEX i id TYPE minmax",
  "ALTER TABLE analytics.made MODIFY COMMENT 'made'",
  "ALTER TABLE analytics.made UPDATE name = 'a' WHERE id = 1",
  'CREATE TABLE analytics.like_it AS analytics.made',
  "ALTER TABLE analytics.made REPLACE PARTITION ID 'all' FROM analytics.like_it SETTINGS allow_replace_partition_from_empty_source = 1",
  'TRUNCATE TABLE analytics.made',
  'OPTIMIZE TABLE analytics.made FINAL',
  'DROP VIEW analytics.v',
  'DROP TABLE analytics.renamed',
  "SELECT name FROM system.tables WHERE database = 'analytics'",
];
const REFUSED = [
  'DROP TABLE public.orders',
  'INSERT INTO public.orders VALUES (2)',
  'ALTER TABLE public.orders DELETE WHERE 1',
  'TRUNCATE TABLE nightly_public.orders',
  'EXCHANGE TABLES analytics.made AND public.orders',
  'RENAME TABLE public.orders TO analytics.stolen',
  'SELECT * FROM tailrace.meta',
  'CREATE DATABASE marts',
  'CREATE TABLE public.planted (a Int32) ENGINE = Memory',
  'CREATE MATERIALIZED VIEW analytics.m TO public.orders AS SELECT id FROM analytics.made',
  "CREATE TABLE analytics.f (a String) ENGINE = URL('http://127.0.0.1:1/', CSV)",
  "INSERT INTO analytics.made SELECT * FROM file('/etc/hostname', 'CSV', 'id Int32, name String')",
  "INSERT INTO analytics.made SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'id Int32, name String')",
  'CREATE FUNCTION f AS x -> x',
  'CREATE DICTIONARY analytics.d (id UInt64) PRIMARY KEY id SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(1)',
  'SYSTEM STOP MERGES public.orders',
  "ALTER TABLE analytics.made MOVE PARTITION ID 'all' TO TABLE public.orders",
];

/** Runs `work` with a way to ask an engine over the folder. */
async function serving<T>(
  directory: string,
  settings: readonly string[],
  work: (ask: (sql: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  const { child, port } = await forkFront(
    { directory, password: FRONT_PASSWORD, nodes: 'one', ignored: [], settings, host: '127.0.0.1', port: 0 },
    {},
  );
  const headers = { authorization: `Basic ${Buffer.from(`writer:${FRONT_PASSWORD}`).toString('base64')}` };
  try {
    return await work(async (sql) => {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: sql });
      return answer.ok ? 'done' : (/Code: \d+/.exec(await answer.text())?.[0] ?? 'failed');
    });
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}

test('the grants of a server let builder do what dbt does, in analytics only', async () => {
  await using folder = await scratch('grants');
  await serving(folder.path, [], async (ask) => {
    for (const database of ['public', 'nightly_public', 'tailrace']) await ask(`CREATE DATABASE ${database}`);
    for (const table of ['public.orders', 'nightly_public.orders', 'tailrace.meta']) {
      await ask(`CREATE TABLE ${table} (id Int32) ENGINE = MergeTree ORDER BY id`);
      await ask(`INSERT INTO ${table} VALUES (1)`);
    }
  });
  await serving(folder.path, [grantedUser(folder.path, GRANTS)], async (ask) => {
    for (const statement of ALLOWED) expect([statement, await ask(statement)]).toEqual([statement, 'done']);
    for (const statement of REFUSED) expect([statement, await ask(statement)]).toEqual([statement, 'Code: 497']);
  });
});
