import { expect, test } from 'vitest';
import type { Failpoint } from '../../core/failpoint.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline, Running } from '../support/pipeline.ts';
import { reconnectDatabase, startPostgres } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { Random } from '../world/random.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];
const WITH_HISTORY = { TAILRACE_TABLE: '{"public.t":{"history":"forever"}}' };

/** Transactions of each part; the night plays more. */
const TRANSACTIONS = Number(process.env['HISTORY_TRANSACTIONS'] ?? 20);

/** Where the compactor is killed while it fills the history; the night kills it everywhere. */
const STEPS: readonly Failpoint[] =
  process.env['HISTORY_TRANSACTIONS'] === undefined
    ? ['window-merged', 'window-staged']
    : ['chunks-loaded', 'window-merged', 'window-staged', 'view-changed', 'window-marked'];

/**
 * The writer keeps the versions itself: a trigger notes each row image with its transaction, and
 * the server knows when that committed. A rollback takes its notes with it.
 */
const SCHEMA = `
  create table t (id int primary key, n int, body text);
  alter table t alter body set storage external;
  insert into t select g, 0, repeat(md5(g::text), 200) from generate_series(1, 8) g;
  create schema oracle;
  create table oracle.versions (seq bigserial, xid xid8 default pg_current_xact_id(), op text, id int, n int, body text);
  create function oracle.note() returns trigger language plpgsql as $$
  begin
    if tg_op = 'TRUNCATE' then
      insert into oracle.versions (op, id) select 'truncate', id from public.t;
      return null;
    end if;
    if tg_op = 'DELETE' or (tg_op = 'UPDATE' and new.id <> old.id) then
      insert into oracle.versions (op, id) values ('delete', old.id);
    end if;
    if tg_op <> 'DELETE' then
      insert into oracle.versions (op, id, n, body) values (lower(tg_op), new.id, new.n, new.body);
    end if;
    return null;
  end $$;
  create trigger note after insert or update or delete on t for each row execute function oracle.note();
  create trigger note_truncate before truncate on t execute function oracle.note()`;

/** A statement that an application may send; some change nothing. */
function statement(random: Random): string {
  const [id, other, n] = [random.between(1, 12), random.between(1, 12), random.between(1, 1_000_000)];
  return random.weighted([
    [6, `update t set n = ${n} where id = ${id}`],
    [2, `update t set body = repeat(md5('${n}'), 200) where id = ${id}`],
    [4, `insert into t values (${id}, ${n}, repeat(md5('${n}'), 200)) on conflict do nothing`],
    [3, `delete from t where id = ${id}`],
    [3, `update t set id = ${id} where id = ${other} and not exists (select from t where id = ${id})`],
    [1, `savepoint s; update t set n = ${n}, body = 'never'; delete from t where id > 6; rollback to s`],
    // More than the server decodes in memory, so it is sent while it runs.
    [
      1,
      `update t set n = n + 1, body = repeat(md5(id::text), 1000); savepoint p; update t set n = -1; rollback to p; update t set n = n + 2`,
    ],
    [0.3, 'truncate t'],
  ]);
}

interface Dump {
  readonly at: string;
  readonly rows: string;
}

/** Random transactions, and what the table was between some of them. */
async function traffic(database: Pick<TestDatabase, 'query'>, random: Random): Promise<Dump[]> {
  const dumps: Dump[] = [];
  for (let done = 0; done < TRANSACTIONS; done += 1) {
    const statements = Array.from({ length: random.between(1, 4) }, () => statement(random));
    await database.query(`begin; ${statements.join('; ')}; commit`);
    if (!random.chance(0.5)) continue;
    const [dump] = await database.query<Dump>(`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as at,
      (select coalesce(string_agg(concat_ws('|', id, n, md5(body)), ' ' order by id), '') from t) as rows`);
    if (dump !== undefined) dumps.push(dump);
  }
  return dumps;
}

/** Every version as the writer kept it, sorted as texts: key, number, body, from, to, op. */
async function kept(database: Pick<TestDatabase, 'query'>): Promise<string[]> {
  const rows = await database.query<{ version: string }>(`
    with noted as (
      select *, to_char(pg_xact_commit_timestamp(xid::text::xid) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as at from oracle.versions
    ), noted_and_copied as (
      select seq, op, id, n, body, at from noted
      union all select 0, 'copy', g, 0, repeat(md5(g::text), 200), null from generate_series(1, 8) g
    ), followed as (select *, lead(at) over (partition by id order by seq) as next from noted_and_copied)
    select concat_ws('|', id, coalesce(n::text, '-'), coalesce(md5(body), '-'), coalesce(at, '-'),
      coalesce(case when op in ('delete', 'truncate') then at else next end, '-'), op) as version
    from followed`);
  return rows.map(({ version }) => version).toSorted();
}

/** A value as `kept` writes it. */
const text = (column: string): string => `ifNull(toString(${column}), '-')`;

async function found(pipeline: Pipeline): Promise<string[]> {
  const answer = await pipeline.query(
    `SELECT concat(toString(id), '|', ${text('n')}, '|', ${text('lower(hex(MD5(body)))')}, '|', ${text('valid_from')}, '|', ${text('valid_to')}, '|', op) FROM public.t__history`,
  );
  return answer.split('\n').toSorted();
}

/** Waits until all that was committed is in the warehouse, with the history. */
async function applied(pipeline: Pipeline): Promise<void> {
  const awaited = await pipeline.cli(['await', '--now', '--timeout', '300s']);
  expect(awaited, awaited.stderr).toMatchObject({ code: 0 });
  await eventually(async () => (await pipeline.query("SELECT count() FROM system.tables WHERE name = 't__history'")) === '1', 'a history');
}

test(
  'the versions are those that the writer kept, also when they are turned on late and the compactor is killed',
  { timeout: 600_000 },
  async () => {
    const seed = Number(process.env['HISTORY_SEED'] ?? 7);
    const random = new Random(seed);
    await using server = await startPostgres({ settings: { track_commit_timestamp: 'on', logical_decoding_work_mem: '64kB' } });
    await using database = await reconnectDatabase({ url: server.url, name: 'postgres' });
    await database.query(SCHEMA);
    await using pipeline = createPipeline({ source: server.url, env: { TAILRACE_TABLES: 'public.*' } });
    const begin = async (env: Record<string, string>): Promise<Running> => {
      const run = pipeline.start(['run', ...PORTS], env);
      await run.event('live');
      return run;
    };
    const before = await begin({});
    const dumps = await traffic(database, random);
    before.kill('SIGTERM');
    await before.ended();
    const others = ['replicate', 'snapshot'].map((role) => pipeline.start([role]));
    for (const step of STEPS) {
      dumps.push(...(await traffic(database, random)));
      const doomed = pipeline.start(['compact', '--sql-port', '0'], { ...WITH_HISTORY, TAILRACE_FAILPOINT: step });
      expect([step, await doomed.ended()]).toMatchObject([step, { signal: 'SIGKILL' }]);
    }
    for (const other of others) await other[Symbol.asyncDispose]();
    await database.query('alter table t add column more int default 7');
    dumps.push(...(await traffic(database, random)));
    await begin(WITH_HISTORY);
    await applied(pipeline);
    expect(await found(pipeline), `seed ${seed}`).toEqual(await kept(database));
    for (const { at, rows } of dumps) {
      const then = await pipeline.query(
        `SELECT arrayStringConcat(arrayMap(r -> r.2, arraySort(groupArray((id, concat(toString(id), '|', toString(n), '|', lower(hex(MD5(body)))))))), ' ') FROM public.t__at(time = '${at}')`,
      );
      expect([at, then]).toEqual([at, rows]);
    }
    const early = await pipeline.cli(['sql', "SELECT count() FROM public.t__at(time = '2001-01-01 00:00:00.000000')"]);
    expect(early).toMatchObject({ code: 1 });
    expect(early.stderr).toContain('the history of public.t reaches back to 20');
    const { tables } = JSON.parse((await pipeline.cli(['status', '--json'])).stdout) as { tables: { historySince?: string }[] };
    expect(early.stderr).toContain(tables[0]?.historySince ?? 'a time');
  },
);
