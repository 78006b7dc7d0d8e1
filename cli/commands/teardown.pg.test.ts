import { expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { createPipeline } from '../../test/support/pipeline.ts';
import { createDatabase } from '../../test/support/postgres.ts';

test('a second teardown says that there is nothing to drop; the newest batch is shown without its number', async () => {
  await using database = await createDatabase();
  await database.query('CREATE TABLE items (id int PRIMARY KEY)');
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1h' } });
  const replicate = pipeline.start(['replicate']);
  await replicate.event('ready');
  const newest = async (): Promise<string> => (await pipeline.cli(['lake', 'show'])).stdout;
  // Changes before the table is published come with its copy, and another batch may follow at once.
  const insert = 'INSERT INTO items SELECT coalesce(max(id), 0) + 1 FROM items';
  await eventually(async () => {
    await database.query(insert);
    return (await newest()).includes('public.items  ');
  }, 'the newest batch to have a row');
  await replicate[Symbol.asyncDispose]();
  const first = await pipeline.cli(['teardown']);
  expect([first.code, first.stdout]).toEqual([0, expect.stringMatching(/^dropped slot tailrace_\w+\ndropped publication tailrace_\w+\n/)]);
  const second = await pipeline.cli(['teardown']);
  expect([second.code, second.stdout]).toEqual([
    0,
    expect.stringMatching(/^nothing to drop: the source has no slot and no publication of lake /),
  ]);
});
