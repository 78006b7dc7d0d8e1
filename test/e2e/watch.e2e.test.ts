import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { EventReader } from '../support/servers/event-reader.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const ACCOUNTS = 20;
const TOTAL = 2 * ACCOUNTS * 1000;
const SCHEMA = ['debits', 'credits']
  .map(
    (table) =>
      `create table ${table} (id int primary key, amount int not null); insert into ${table} select i, 1000 from generate_series(1, ${ACCOUNTS}) i;`,
  )
  .join(' ');
const SUMS = 'SELECT (SELECT sum(amount) FROM public.debits) AS d, (SELECT sum(amount) FROM public.credits) AS c, d + c AS both';

interface Data {
  readonly lsn: string;
  readonly asOf: string | null;
  readonly columns: string[];
  readonly rows: number[][];
}

interface Served {
  readonly database: TestDatabase;
  readonly pipeline: Pipeline;
  readonly reports: string;
  readonly page: string;
  readonly compactor: () => number;
}

/** Both tables live, and a folder of reports. */
async function serve(run: (served: Served) => Promise<void>): Promise<void> {
  await using database = await createDatabase();
  await database.query(SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  const models = path.join(pipeline.folder, 'models');
  const reports = path.join(models, 'reports');
  mkdirSync(reports, { recursive: true });
  writeFileSync(path.join(reports, 'totals.sql'), `-- A row is the sums of both tables.\n-- @chart number\n-- @every 500ms\n${SUMS}\n`);
  const running = pipeline.start(['run', '--processes', 'each', '--sql-port', '0', '--http-port', '0'], { TAILRACE_MODELS: models });
  const { page } = (await running.event('ready')) as unknown as { page: string };
  await running.event('live');
  await run({ database, pipeline, reports, page, compactor: () => running.roles().get('compact') ?? expect.fail('no compactor') });
}

const watchUrl = (page: string, field: 'sql' | 'report', value: string): string => `${page}watch?${field}=${encodeURIComponent(value)}`;
const move = (database: TestDatabase, amount: number): Promise<unknown> =>
  database.query(
    `begin; update debits set amount = amount - ${amount} where id = 1; update credits set amount = amount + ${amount} where id = 1; commit`,
  );
const dataOf = ({ events }: EventReader): Data[] =>
  events.flatMap(({ event, data }) => (event === 'rows' ? [JSON.parse(data) as Data] : []));
const answers = (reader: EventReader, count: number): Promise<Data[]> =>
  eventually(() => (dataOf(reader).length >= count ? dataOf(reader) : undefined), `${count} answers`);

async function refused(page: string, query: string): Promise<[number, string]> {
  const answer = await fetch(`${page}watch${query}`);
  return [answer.status, (await answer.text()).split(': ')[0] ?? ''];
}

test('a watched query is answered when its tables change, at one position, and refused when it is no SELECT', { timeout: 300_000 }, () =>
  serve(async ({ database, pipeline, page, reports, compactor }) => {
    await using reader = await EventReader.open(watchUrl(page, 'sql', SUMS));
    const [first] = await answers(reader, 1);
    expect(first).toMatchObject({ columns: ['d', 'c', 'both'], rows: [[TOTAL / 2, TOTAL / 2, TOTAL]] });
    expect(reader.events[0]?.id).toBe(first?.lsn);
    await using known = await EventReader.open(watchUrl(page, 'sql', SUMS), { 'last-event-id': first?.lsn ?? '' });
    await using report = await EventReader.open(watchUrl(page, 'report', 'totals'));
    await answers(report, 1);
    await move(database, 5);
    const [, second] = await answers(reader, 2);
    expect(second?.rows).toEqual([[TOTAL / 2 - 5, TOTAL / 2 + 5, TOTAL]]);
    expect(await answers(known, 1)).toEqual([second]);
    expect((await answers(report, 2))[1]?.rows).toEqual(second?.rows);

    process.kill(compactor(), 'SIGKILL');
    await move(database, 5);
    expect((await answers(reader, 3))[2]?.rows).toEqual([[TOTAL / 2 - 10, TOTAL / 2 + 10, TOTAL]]);
    expect(reader.events.map(({ event }) => event)).toEqual(['rows', 'rows', 'rows']);

    // A report follows its file.
    writeFileSync(path.join(reports, 'totals.sql'), 'SELECT count() AS rows FROM public.debits\n');
    expect((await eventually(() => dataOf(report).find(({ columns }) => columns.length === 1), 'the new text')).rows).toEqual([[ACCOUNTS]]);
    rmSync(path.join(reports, 'totals.sql'));
    await eventually(() => report.events.some(({ data }) => data.startsWith('NO_SUCH_REPORT: ')), 'the end of the report');
    writeFileSync(path.join(reports, 'bad.sql'), '-- @chart pie\nSELECT 1\n');
    for (const [query, status, code] of [
      ['?sql=DROP%20TABLE%20public.debits', 400, 'BAD_QUERY'],
      ['?sql=SELECT%201%20FORMAT%20CSV', 400, 'BAD_QUERY'],
      ['?sql=SELECT%201%20SETTINGS%20max_threads%3D1', 400, 'BAD_QUERY'],
      ["?sql=SELECT%201%20INTO%20OUTFILE%20'x'", 400, 'BAD_QUERY'],
      ["?sql=SELECT%20*%20FROM%20file('x')", 400, 'BAD_QUERY'],
      ['?sql=SELECT%20FROM%20WHERE', 400, 'BAD_QUERY'],
      ['', 400, 'BAD_ARGUMENT'],
      ['?sql=SELECT%201&report=bad', 400, 'BAD_ARGUMENT'],
      ['?report=bad', 400, 'BAD_MODEL'],
      ['?report=none', 404, 'NO_SUCH_REPORT'],
    ] as const)
      expect(await refused(page, query)).toEqual([status, code]);
    await using unknown = await EventReader.open(watchUrl(page, 'sql', 'SELECT nothing FROM public.debits'));
    expect((await eventually(() => unknown.events[0], 'an error')).data).toMatch(/^WAREHOUSE_QUERY: .*nothing/);
    await using many = await EventReader.open(
      watchUrl(page, 'sql', 'SELECT a.id FROM public.debits a, public.debits b, public.debits c, public.debits d'),
    );
    expect((await eventually(() => many.events[0], 'an error')).data).toBe(
      'WATCH_LIMIT: the answer has more than 10,000 rows. Aggregate or filter in the query.',
    );

    const watching = pipeline.start(['watch', SUMS]);
    const line = await eventually(() => watching.stdout().split('\n')[0] || undefined, 'a line');
    expect(JSON.parse(line)).toMatchObject({ columns: ['d', 'c', 'both'], rows: [[TOTAL / 2 - 10, TOTAL / 2 + 10, TOTAL]] });
    watching.kill('SIGINT');
    expect(await watching.ended()).toMatchObject({ code: 0, stderr: '' });
    for (const [word, code] of [
      ['DROP TABLE public.debits', 'BAD_QUERY'],
      ['none', 'NO_SUCH_REPORT'],
      ['SELECT nothing FROM public.debits', 'WAREHOUSE_QUERY'],
    ] as const)
      expect(await pipeline.cli(['watch', word])).toMatchObject({ code: 2, stderr: expect.stringMatching(new RegExp(`^${code}: .*\n$`)) });
  }),
);
