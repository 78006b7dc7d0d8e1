import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';

const SCHEMA = 'create table orders (id int primary key); insert into orders select generate_series(1, 100)';

test('await waits for a run that is only starting: for all tables, for one, and for a model', async () => {
  await using source = await createDatabase();
  await source.query(SCHEMA);
  await using pipeline = createPipeline({ source: source.url });
  const marts = path.join(pipeline.folder, 'models/marts');
  mkdirSync(marts, { recursive: true });
  writeFileSync(path.join(marts, 'counted.sql'), '-- All orders.\n-- @kind table\nSELECT count() AS orders FROM public.orders\n');
  const awaited = [['--now'], ['--table', 'public.orders'], ['--table', 'marts.counted']].map((args) =>
    pipeline.start(['await', ...args, '--timeout', '200s']),
  );
  for (const one of awaited) await eventually(() => one.stderr().includes('there is no lake yet'), 'the look for a lake');
  await pipeline.start(['run', '--sql-port', '0', '--http-port', '0', '--models', 'models']).event('ready');
  for (const { code, stderr } of await Promise.all(awaited.map((one) => one.ended())))
    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/^[A-Z_]+: /m)]);
  expect((await pipeline.cli(['sql', 'SELECT (SELECT count() FROM public.orders), (SELECT orders FROM marts.counted)'])).stdout).toBe(
    '100\t100\n',
  );
});

test('a lake that does not come is named, at once in the log and at the end as an error', async () => {
  await using source = await createDatabase();
  await using pipeline = createPipeline({ source: source.url });
  // A start takes seconds, so a long timeout is not used up.
  const calls = [
    ['--now', '--timeout', '1h'],
    ['--lsn', '0/1', '--timeout', '1s'],
    ['--table', 'public.orders', '--timeout', '1s'],
  ];
  for (const args of calls) {
    const { code, stderr } = await pipeline.cli(['await', ...args]);
    const [log = '', error, ...others] = stderr.trim().split('\n');
    expect(JSON.parse(log)).toMatchObject({ level: 'warn', lake: pipeline.lake, msg: 'there is no lake yet, it is waited for' });
    expect([code, error, others]).toEqual([
      2,
      expect.stringMatching(`^LAKE_MISSING: there is no lake in ${pipeline.lake}\\. Check --lake`),
      [],
    ]);
  }
});
