import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StatusReport, TableStatus } from '../../monitor/status.ts';
import type { VerifyReport } from '../../verifier/report.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const ENV = { TAILRACE_SOURCE_HEARTBEAT: '1s' };
const RUN = ['run', '--sql-port', '0', '--http-port', '0'];

let database: TestDatabase;
/** Replicates, and owns some of the tables only. */
let role: string;
let owner: string;

beforeEach(async () => {
  database = await createDatabase();
  role = `replica_${database.name}`;
  owner = `app_${database.name}`;
  await database.query(`CREATE ROLE ${role} LOGIN REPLICATION; CREATE ROLE ${owner};
    GRANT CREATE ON DATABASE ${database.name} TO ${role}; GRANT CREATE ON SCHEMA public TO ${role}, ${owner}`);
});

afterEach(async () => {
  await database.query(`DROP OWNED BY ${role}, ${owner} CASCADE`).catch(() => undefined);
  await database[Symbol.asyncDispose]();
});

function asRole(): string {
  const url = new URL(database.url);
  url.username = role;
  return url.href;
}

async function statusOf(
  pipeline: Pipeline,
  args: string[] = [],
): Promise<{ code: number | null; report: StatusReport; of(table: string): TableStatus }> {
  const { code, stdout, stderr } = await pipeline.cli(['status', '--json', ...args]);
  if (stdout === '') throw new Error(stderr);
  const report = JSON.parse(stdout) as StatusReport;
  return {
    code,
    report,
    of(table) {
      const found = report.tables.find((one) => one.table === table);
      if (found === undefined) throw new Error(`${table} is in no answer: ${stdout}`);
      return found;
    },
  };
}

/** Resolves with the first status in which the table has that state. */
async function inState(pipeline: Pipeline, table: string, state: string): Promise<Awaited<ReturnType<typeof statusOf>>> {
  return eventually(async () => {
    const status = await statusOf(pipeline).catch(() => null);
    return status?.report.tables.some((one) => one.table === table && one.state === state) === true ? status : null;
  }, `${table} to be ${state}`);
}

test(
  'a table of another owner is in every answer with the one grant that fixes it, also one created later',
  { timeout: 600_000 },
  async () => {
    await database.query(`CREATE TABLE ours (id int PRIMARY KEY); ALTER TABLE ours OWNER TO ${role}; CREATE TABLE theirs (id int PRIMARY KEY);
    INSERT INTO theirs VALUES (1); ALTER TABLE theirs OWNER TO ${owner}; CREATE UNLOGGED TABLE quick (id int PRIMARY KEY); ALTER TABLE quick OWNER TO ${role}`);
    await using pipeline = createPipeline({ source: asRole(), env: ENV });
    const run = pipeline.start(RUN);
    const ready = await run.event('ready');
    await run.event('live');
    await run.event('table', ({ table, state }) => table === 'public.theirs' && state === 'unpublished');

    const status = await inState(pipeline, 'public.theirs', 'unpublished');
    expect(status.code).toBe(1);
    expect(status.report.withinSla).toBe(false);
    expect(status.of('public.ours')).toMatchObject({ state: 'live', error: null });
    const theirs = status.of('public.theirs');
    expect(theirs).toMatchObject({ asOf: null, freshnessSeconds: null, error: { code: 'TABLE_UNPUBLISHED' } });
    expect(theirs.error?.message).toMatch(new RegExp(`belongs to ${owner}.* GRANT ${owner} TO ${role};$`));
    expect(status.of('public.quick').error?.message).toMatch(/is unlogged.* ALTER TABLE public.quick SET LOGGED;$/);
    expect((await pipeline.cli(['status'])).stdout).toContain(`GRANT ${owner} TO ${role};`);

    const awaited = await pipeline.cli(['await', '--now', '--timeout', '60s']);
    expect(awaited.code).toBe(3);
    expect(awaited.stderr).toContain(`GRANT ${owner} TO ${role};`);
    const verified = await pipeline.cli(['verify', '--json']);
    expect(verified.code, verified.stderr).toBe(1);
    expect((JSON.parse(verified.stdout) as VerifyReport).tables.map(({ table, match }) => [table, match])).toEqual([
      ['public.ours', true],
      ['public.quick', null],
      ['public.theirs', null],
    ]);
    const metrics = await (await fetch(String(ready['metrics']))).text();
    expect(metrics).toContain('tailrace_tables{state="unpublished"} 2');
    expect(metrics).toContain('tailrace_tables_unpublished 2');
    // Asked about that one table, each says the same; about the other, all is well.
    expect((await pipeline.cli(['verify', '--table', 'public.theirs'])).code).toBe(1);
    expect((await pipeline.cli(['status', '--tables', 'public.ours'])).code).toBe(0);
    expect((await pipeline.cli(['await', '--now', '--tables', 'public.ours'])).code).toBe(0);
    expect(await pipeline.cli(['verify', '--tables', 'public.ours'])).toMatchObject({ code: 0 });
    const resync = await pipeline.cli(['resync', 'public.theirs']);
    expect(resync).toMatchObject({ code: 1, stderr: expect.stringContaining(`GRANT ${owner} TO ${role};`) as unknown });

    await database.query(`GRANT ${owner} TO ${role}; ALTER TABLE quick SET LOGGED; CREATE TABLE later (id int PRIMARY KEY)`);
    const later = await inState(pipeline, 'public.later', 'unpublished');
    expect(later.of('public.later').error?.message).toMatch(new RegExp(`ALTER TABLE public.later OWNER TO ${role};$`));
    expect((await pipeline.cli(['await', '--now', '--timeout', '60s'])).code).toBe(3);
    await database.query(`ALTER TABLE later OWNER TO ${role}`);
    const all = await pipeline.cli(['await', '--now', '--timeout', '60s']);
    expect(all, all.stderr).toMatchObject({ code: 0 });
    expect(await pipeline.cli(['verify'])).toMatchObject({ code: 0 });
    expect((await statusOf(pipeline)).code).toBe(0);
    const said = run
      .stderr()
      .split('\n')
      .filter((line) => line.includes('cannot be published') && line.includes('public.theirs'));
    expect(said.length).toBe(1);
  },
);

test('a partitioned table is live with an error that names the leaf that is not sent', { timeout: 600_000 }, async () => {
  await database.query(`CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
    CREATE UNLOGGED TABLE part_2 PARTITION OF parts FOR VALUES FROM (10) TO (20); INSERT INTO parts VALUES (1), (11)`);
  await using pipeline = createPipeline({ source: database.url, env: ENV });
  await pipeline.start(RUN).event('live');
  const status = await inState(pipeline, 'public.parts', 'live');
  expect(status.code).toBe(1);
  expect(status.of('public.parts').error?.message).toMatch(
    /without changes of public.part_2 \(unlogged\).* ALTER TABLE public.part_2 SET LOGGED;$/,
  );
  expect((await pipeline.cli(['await', '--now'])).code).toBe(3);
  const verified = await pipeline.cli(['verify', '--json']);
  expect(verified.code).toBe(1);
  expect((JSON.parse(verified.stdout) as VerifyReport).tables).toMatchObject([{ table: 'public.parts', match: null }]);
  await database.query('ALTER TABLE part_2 SET LOGGED');
  await eventually(async () => (await statusOf(pipeline)).code === 0, 'status to end 0');
  const all = await pipeline.cli(['await', '--now', '--timeout', '60s']);
  expect(all, all.stderr).toMatchObject({ code: 0 });
  expect(await pipeline.cli(['verify'])).toMatchObject({ code: 0 });
});

test(
  'a table that was locked before the first start waits alone and names the holder, and the others go live',
  { timeout: 600_000 },
  async () => {
    await database.query('CREATE TABLE locked (id int PRIMARY KEY); CREATE TABLE free (id int PRIMARY KEY)');
    const [session] = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await database.query('BEGIN');
    await database.query('LOCK TABLE locked IN EXCLUSIVE MODE');
    await using pipeline = createPipeline({ source: database.url, env: ENV });
    const run = pipeline.start(RUN);
    const began = performance.now();
    await run.event('table', ({ table, state }) => table === 'public.free' && state === 'live');
    expect(performance.now() - began).toBeLessThan(60_000);
    const status = await statusOf(pipeline);
    expect(status.of('public.locked')).toMatchObject({ state: 'waiting', error: { code: 'SOURCE_BUSY' } });
    expect(status.of('public.locked').error?.message).toContain(`pid ${session?.pid}`);
    expect((await pipeline.cli(['await', '--now', '--timeout', '60s', '--tables', 'public.free'])).code).toBe(0);
    const awaited = await pipeline.cli(['await', '--now', '--timeout', '2s']);
    expect(awaited).toMatchObject({ code: 1, stderr: expect.stringContaining(`pid ${session?.pid}`) as unknown });
    await database.query('COMMIT');
    const all = await pipeline.cli(['await', '--now', '--timeout', '60s']);
    expect(all, all.stderr).toMatchObject({ code: 0 });
  },
);
