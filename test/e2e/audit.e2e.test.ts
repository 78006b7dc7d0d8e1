import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { TestReport } from '../../transformer/quality/test-report.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { openInbox } from '../support/servers/alert-inbox.ts';
import { openMailInbox } from '../support/servers/mail-inbox.ts';

const SCHEMA = `
  create table orders (id int primary key, state text not null, amount text not null);
  insert into orders values (1, 'placed', '10'), (2, 'paid', '20'), (3, 'paid', '30');`;

const FILES = {
  'marts/orders.sql': `-- An order.
-- @kind table
-- @key id
-- @every 1s
-- @test accepted state: placed, paid
SELECT id, state FROM public.orders`,
  'marts/by_state.sql': `-- A state.
-- @kind table
-- @every 1s
SELECT state, count() AS orders FROM marts.orders GROUP BY state`,
  'marts/amounts.sql': `-- An amount as a number.
-- @kind table
-- @every 1s
SELECT id, toInt32(amount) AS amount FROM public.orders`,
};

test('a row that breaks a test, or that the engine refuses, moves no mart; it is reported once, shown by test, and published after the repair', async () => {
  await using database = await createDatabase();
  await database.query(SCHEMA);
  await using hook = await openInbox();
  await using mail = await openMailInbox();
  const env = { TAILRACE_ALERT_WEBHOOK: hook.url, TAILRACE_ALERT_SMTP: mail.url, TAILRACE_ALERT_MAIL_TO: 'ops@example.com' };
  await using pipeline = createPipeline({ source: database.url, env });
  const models = path.join(pipeline.folder, 'models');
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(path.join(models, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(models, file), text);
  }
  const settings = { TAILRACE_MODELS: models };
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0'], settings);
  await run.event('live');
  const rows = (select: string): Promise<string> => pipeline.query(select);
  const becomes = (select: string, expected: string): Promise<unknown> =>
    eventually(async () => (await rows(select).catch(() => null)) === expected, `${select} to be ${expected}`);
  await becomes('SELECT count() FROM marts.orders', '3');
  await becomes('SELECT count() FROM marts.amounts', '3');
  await becomes('SELECT sum(orders) FROM marts.by_state', '3');

  await database.query("insert into orders values (4, 'lost', '40')");
  const broken = await hook.wait('raised', 'test-failed');
  expect(broken).toMatchObject({ table: 'marts.orders', severity: 'alert' });
  expect(broken.summary).toMatch(/^The test "accepted state: placed, paid" of marts\.orders found a row that should not be there\./);
  await becomes('SELECT count() FROM marts.amounts', '4');
  expect(await rows('SELECT count() FROM marts.orders')).toBe('3');
  expect(await rows('SELECT sum(orders) FROM marts.by_state')).toBe('3');
  const tested = await pipeline.cli(['test', 'marts.orders', '--json'], settings);
  expect([tested.code, JSON.parse(tested.stdout) as TestReport]).toMatchObject([
    1,
    { passed: 1, failed: 1, tests: [{ ok: true }, { ok: false, failures: 1, sample: [{ id: 4, state: 'lost' }], error: null }] },
  ]);
  const last = `SELECT argMax(status, run), argMax(error_code, run), argMax(failures, run), argMax(duration_ms >= 0 AND error_message != '' AND lsn != '', run)
    FROM tailrace.runs WHERE status != 'running' AND model =`;
  expect(await rows(`${last} 'marts.orders'`)).toBe('failed\tTEST_FAILED\t1\t1');
  expect(await rows(`${last} 'marts.by_state'`)).toBe('failed\tSKIPPED\t0\t1');
  const noted = `SELECT sample, failures, lsn != '' FROM tailrace.quality WHERE check = 'accepted state: placed, paid' AND NOT ok AND run IS NOT NULL LIMIT 1`;
  expect(await rows(noted)).toBe('[{"id":4,"state":"lost"}]\t1\t1');
  // Another run fails in the same way: that is no news.
  const failedRuns = Number(await rows("SELECT count() FROM tailrace.runs WHERE model = 'marts.orders' AND status = 'failed'"));
  await database.query("insert into orders values (5, 'paid', '50')");
  await eventually(
    async () => Number(await rows("SELECT count() FROM tailrace.runs WHERE model = 'marts.orders' AND status = 'failed'")) > failedRuns,
    'another failed run',
  );
  expect(await rows('SELECT count() FROM marts.orders')).toBe('3');
  await database.query("update orders set state = 'placed' where id = 4");
  await hook.wait('resolved', 'test-failed');
  await becomes('SELECT count() FROM marts.orders', '5');
  await becomes('SELECT sum(orders) FROM marts.by_state', '5');

  await database.query("insert into orders values (6, 'paid', 'secret')");
  const failed = await hook.wait('raised', 'model-failed');
  expect(failed).toMatchObject({ table: 'marts.amounts', severity: 'alert' });
  expect(failed.summary).toContain('CANNOT_PARSE_TEXT');
  await becomes('SELECT count() FROM marts.orders', '6');
  expect(await rows('SELECT count() FROM marts.amounts')).toBe('5');
  expect(await rows(`${last} 'marts.amounts'`)).toBe('failed\tWAREHOUSE_QUERY\t0\t1');
  expect(await rows("SELECT count() FROM tailrace.runs WHERE model = 'marts.amounts' AND error_message LIKE '%\\'secret\\'%'")).not.toBe(
    '0',
  );
  await database.query("update orders set amount = '60' where id = 6");
  await hook.wait('resolved', 'model-failed');
  await becomes('SELECT count() FROM marts.amounts', '6');

  const told = [
    ['raised', 'test-failed', 'marts.orders'],
    ['resolved', 'test-failed', 'marts.orders'],
    ['raised', 'model-failed', 'marts.amounts'],
    ['resolved', 'model-failed', 'marts.amounts'],
  ];
  expect(hook.posted.map(({ status, kind, table }) => [status, kind, table])).toEqual(told);
  await eventually(() => mail.mails.length >= told.length, 'the mails');
  expect(mail.mails.map((one) => /^Subject: .*?(test-failed|model-failed)/m.exec(one.replaceAll(/\r\n(?=[ \t])/g, ''))?.[1])).toEqual(
    told.map(([, kind]) => kind),
  );
  const spoken = [...hook.posted.map(({ text }) => text), ...mail.mails, run.stderr()].join('\n');
  expect(spoken).not.toMatch(/lost|secret/);
});
