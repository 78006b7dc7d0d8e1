import path from 'node:path';
import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { SHOP_SCHEMA, startLoad } from '../support/shop-load.ts';
import { expectVerified } from '../support/verified.ts';

const CONTENT = ['customers', 'orders', 'visits', 'readings', 'staging']
  .map((name) => `select '${name}', count(), sum(cityHash64(*)) from public.${name}`)
  .join(' union all ');

function lines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .toSorted();
}

test('the lake applied from zero into a second warehouse equals the first', { timeout: 600_000 }, async () => {
  await using database = await createDatabase();
  await database.query(SHOP_SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('ready');
  const load = startLoad(database.url);
  await run.event('live');
  await eventually(() => load.committed() > 1000, 'traffic');
  await load.stop();
  await expectVerified(pipeline);
  const first = await pipeline.cli(['sql', CONTENT, '--format', 'TabSeparated']);
  const warehouse = path.join(pipeline.folder, 'second');
  pipeline.start(['compact', '--warehouse', warehouse, '--sql-port', '0']);
  const awaited = await eventually(async () => {
    const result = await pipeline.cli(['await', '--now', '--timeout', '120s', '--warehouse', warehouse]);
    return result.code === 0 ? result : undefined;
  }, 'the second warehouse to be there');
  expect(awaited.code).toBe(0);
  const second = await pipeline.cli(['sql', CONTENT, '--format', 'TabSeparated', '--warehouse', warehouse]);
  expect(first, first.stderr).toMatchObject({ code: 0 });
  expect(second, second.stderr).toMatchObject({ code: 0 });
  expect(lines(second.stdout)).toEqual(lines(first.stdout));
  expect(lines(first.stdout)).toHaveLength(5);
});
