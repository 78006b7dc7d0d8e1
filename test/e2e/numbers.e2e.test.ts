import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

test('numbers without a precision are ordered and summed as numbers, and values that do not fit are beside them', async () => {
  await using database = await createDatabase();
  await database.query(`
    create domain amount as numeric;
    create table copied (id int primary key, v numeric, a amount, wide numeric(100,2), list numeric[]);
    insert into copied values (1, 9, 1.50, 9, '{9,10.0}'), (2, 10, 2.5, 10, '{1,NULL}'), (3, 'NaN', 'NaN', 'NaN', '{NaN}'), (4, 1e50, 1e50, 1e90, '{1e50}'),
      (5, 2::numeric / 3 / 1e20, null, null, null), (6, '-Infinity', -1e50, -1e90, '{}');
    create table streamed (like copied including all)`);
  await using pipeline = createPipeline({ source: database.url });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');
  await database.query('insert into streamed select * from copied');
  await expectVerified(pipeline);
  for (const table of ['copied', 'streamed']) {
    const ask = async (sql: string): Promise<string[]> => {
      const asked = await pipeline.cli(['sql', sql.replaceAll('@', `public.${table}`)]);
      expect(asked, asked.stderr).toMatchObject({ code: 0 });
      return asked.stdout.trim().split('\n');
    };
    expect(await ask('SELECT toTypeName(v), toTypeName(a), toTypeName(wide), toTypeName(list) FROM @ LIMIT 1')).toEqual([
      'Nullable(Decimal(76, 38))\tNullable(Decimal(76, 38))\tNullable(Decimal(76, 2))\tArray(Nullable(Decimal(76, 38)))',
    ]);
    expect(await ask('SELECT max(v), max(a), max(wide), sum(v) FROM @ WHERE id <= 2')).toEqual(['10\t2.5\t10\t19']);
    expect(await ask('SELECT id FROM @ ORDER BY v NULLS LAST')).toEqual(['6', '5', '1', '2', '4', '3']);
    const nines = `${'9'.repeat(38)}.${'9'.repeat(38)}`;
    expect(await ask('SELECT id, v FROM @ WHERE id > 2 ORDER BY id')).toEqual([
      '3\t\\N',
      `4\t${nines}`,
      '5\t0.00000000000000000000666666666666666667',
      `6\t-${nines}`,
    ]);
    expect(
      await ask(`SELECT id, _tr_exact['v'], _tr_exact['wide'], _tr_exact['list'] FROM @__exact WHERE notEmpty(_tr_exact) ORDER BY id`),
    ).toEqual([
      '3\tNaN\tNaN\t{NaN}',
      `4\t1${'0'.repeat(50)}\t1${'0'.repeat(90)}.00\t{1${'0'.repeat(50)}}`,
      `5\t0.${'0'.repeat(20)}66666666666666666667\t\\N\t\\N`,
      `6\t-Infinity\t-1${'0'.repeat(90)}.00\t\\N`,
    ]);
  }
});
