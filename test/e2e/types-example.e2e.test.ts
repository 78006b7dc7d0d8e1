import { expect, test } from 'vitest';
import { TYPES_EXAMPLE } from '../../docs/types-example.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';

test('the rows that the page of types begins with are what a reader gets', async () => {
  await using database = await createDatabase();
  for (const statement of TYPES_EXAMPLE.source) await database.query(statement);
  await using pipeline = createPipeline({ source: database.url });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');
  const ask = async (sql: string): Promise<string[]> => {
    const asked = await pipeline.cli(['sql', sql]);
    expect(asked, asked.stderr).toMatchObject({ code: 0 });
    return asked.stdout.trimEnd().split('\n');
  };
  const types = await ask(
    `SELECT name, type FROM system.columns WHERE database = 'public' AND table = 'orders' ORDER BY position FORMAT TSVRaw`,
  );
  const rows = (await ask('SELECT * FROM public.orders ORDER BY id FORMAT TSVRaw')).map((row) => row.split('\t'));
  expect(types.map((line, i) => [...line.split('\t'), ...rows.map((row) => row[i])])).toEqual(TYPES_EXAMPLE.columns);
  const exact = await ask('SELECT toJSONString(_tr_exact) FROM public.orders__exact ORDER BY id FORMAT TSVRaw');
  expect(exact.map((map) => JSON.parse(map))).toEqual([{}, TYPES_EXAMPLE.exact]);
  expect(await ask(TYPES_EXAMPLE.query)).toEqual(TYPES_EXAMPLE.answer);
});
