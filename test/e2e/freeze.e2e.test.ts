import { expect, test } from 'vitest';
import type { Failpoint } from '../../core/failpoint.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];
const ACCOUNTS = 50;
const TOTAL = 2 * ACCOUNTS * 1000;
const READINGS = 300;

const SCHEMA = ['debits', 'credits']
  .map(
    (table) =>
      `create table ${table} (id int primary key, amount int not null); insert into ${table} select i, 1000 from generate_series(1, ${ACCOUNTS}) i;`,
  )
  .join(' ');

/** Sum of both tables, and the two parts of it. */
const SUMS = `SELECT (SELECT sum(amount) FROM debits) AS d, (SELECT sum(amount) FROM credits) AS c, d + c AS both FORMAT JSONEachRow`;

interface Frozen {
  readonly name: string;
  readonly lsn: string;
  readonly asOf: string | null;
  readonly databases: string[];
  readonly tables: string[];
}

/** Moves amounts from one table to the other, a transaction at a time, until it is stopped. */
class Moving implements AsyncDisposable {
  readonly #database: TestDatabase;
  readonly #work: Promise<void>;
  #stopped = false;
  moved = 0;

  constructor(database: TestDatabase) {
    this.#database = database;
    this.#work = this.#move();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #move(): Promise<void> {
    while (!this.#stopped) {
      const id = 1 + (this.moved % ACCOUNTS);
      await this.#database.query(
        `begin; update debits set amount = amount - 1 where id = ${id}; update credits set amount = amount + 1 where id = ${id}; commit`,
      );
      this.moved += 1;
    }
  }
}

/** A freeze as `ls` shows it; no table of it was left out. */
function frozenOf(stdout: string): Frozen {
  const { leftOut, ...rest } = JSON.parse(stdout) as Frozen & { readonly leftOut: unknown[] };
  expect(leftOut).toEqual([]);
  return rest;
}

async function frozen(pipeline: Pipeline, name: string, more: string[] = []): Promise<Frozen> {
  const done = await pipeline.cli(['freeze', name, '--json', ...more]);
  expect(done).toMatchObject({ code: 0 });
  return frozenOf(done.stdout);
}

async function sums(sql: string, name: string): Promise<{ d: string; c: string; both: string }> {
  const answer = await fetch(`${sql}/?database=${name}_public`, { method: 'POST', body: SUMS });
  const text = await answer.text();
  expect([answer.status, text]).toEqual([200, text]);
  return JSON.parse(text) as { d: string; c: string; both: string };
}

/** The position of the front, as the warehouse says it. */
async function frontLsn(sql: string): Promise<string> {
  const answer = await fetch(sql, { method: 'POST', body: "SELECT applied_lsn FROM tailrace.freshness WHERE table = 'public.debits'" });
  return (await answer.text()).trim();
}

test(
  'readers of a freeze see one sum at one LSN while amounts move between its tables and the front goes on, also after a kill',
  { timeout: 600_000 },
  async () => {
    await using database = await createDatabase();
    await database.query(SCHEMA);
    await using pipeline = createPipeline({ source: database.url });
    const run = pipeline.start(['run', ...PORTS]);
    const { sql } = (await run.event('ready')) as unknown as { sql: string };
    await run.event('live');
    await using moving = new Moving(database);
    await eventually(() => moving.moved > 50, 'amounts that have moved');
    const one = await frozen(pipeline, 'nightly');
    expect(one).toMatchObject({ name: 'nightly', databases: ['nightly_public'], tables: ['public.credits', 'public.debits'] });
    const first = await sums(sql, 'nightly');
    const seen = new Set<string>();
    for (let reading = 0; reading < READINGS; reading += 1) seen.add(JSON.stringify(await sums(sql, 'nightly')));
    expect([...seen]).toEqual([JSON.stringify(first)]);
    expect(Number(first.both)).toBe(TOTAL);
    await eventually(async () => (await frontLsn(sql)) !== one.lsn, 'a front that goes on');

    const compactor = run.roles().get('compact');
    if (compactor === undefined) throw new Error('no compactor');
    process.kill(compactor, 'SIGKILL');
    const two = await eventually(async () => {
      const done = await pipeline.cli(['freeze', 'second', '--tables', 'public.debits', '--json']);
      return done.code === 0 ? frozenOf(done.stdout) : undefined;
    }, 'a freeze after the kill');
    expect(two.tables).toEqual(['public.debits']);
    const { stdout } = await pipeline.cli(['sql', SUMS.replaceAll('FROM ', 'FROM nightly_public.')]);
    expect(JSON.parse(stdout)).toEqual(first);
    expect(JSON.parse((await pipeline.cli(['freeze', 'ls', '--json'])).stdout)).toEqual([one, two]);

    const again = await frozen(pipeline, 'nightly');
    expect(again.lsn).not.toBe(one.lsn);
    await moving.stop();
    const moved = await pipeline.cli(['sql', SUMS.replaceAll('FROM ', 'FROM nightly_public.')]);
    expect(JSON.parse(moved.stdout)).toMatchObject({ both: first.both });
    expect((JSON.parse(moved.stdout) as { d: string }).d).not.toBe(first.d);
    for (const name of ['nightly', 'second']) expect(await pipeline.cli(['freeze', 'drop', name])).toMatchObject({ code: 0 });
    expect(await pipeline.cli(['freeze', 'ls'])).toMatchObject({ code: 0, stdout: 'there is no freeze\n' });
    expect(await pipeline.cli(['sql', "SELECT count() FROM system.databases WHERE name LIKE '%\\_public'"])).toMatchObject({
      stdout: '0\n',
    });
    for (const [args, code] of [
      [['9nights'], 'BAD_ARGUMENT'],
      [['system'], 'BAD_ARGUMENT'],
      [['drop', 'nightly'], 'BAD_ARGUMENT'],
      [['ls', 'nightly'], 'BAD_ARGUMENT'],
      [['nightly', '--tables', 'public.nope'], 'NO_SUCH_TABLE'],
    ] as const)
      expect(await pipeline.cli(['freeze', ...args])).toMatchObject({ code: 2, stderr: expect.stringMatching(new RegExp(`^${code}: `)) });
  },
);

const STEPS: Failpoint[] = ['clone-created', 'freeze-cloned', 'freeze-saved', 'freeze-shown'];

test(
  'a compactor killed at each step of a freeze leaves the old or the new one, and the next start ends it',
  { timeout: 600_000 },
  async () => {
    await using database = await createDatabase();
    await database.query(SCHEMA);
    await using pipeline = createPipeline({ source: database.url });
    const others = ['replicate', 'snapshot'].map((role) => pipeline.start([role]));
    const [replicating] = others;
    await replicating?.event('ready');
    for (const step of STEPS) {
      const doomed = pipeline.start(['compact', '--sql-port', '0'], { TAILRACE_FAILPOINT: step });
      await eventually(async () => (await pipeline.cli(['await', '--now', '--timeout', '20s'])).code === 0, 'live tables');
      const asking = pipeline.cli(['freeze', 'again', '--json']);
      expect(await doomed.ended()).toMatchObject({ signal: 'SIGKILL' });
      await using next = pipeline.start(['compact', '--sql-port', '0']);
      expect(await asking).toMatchObject({ code: 0 });
      const { stdout } = await pipeline.cli(['sql', SUMS.replaceAll('FROM ', 'FROM again_public.')]);
      expect(Number((JSON.parse(stdout) as { both: string }).both)).toBe(TOTAL);
      const left = "SELECT count() FROM system.tables WHERE database = 'tailrace' AND name LIKE 'frozen%'";
      await eventually(async () => (await pipeline.query(left).catch(() => null)) === '2', 'only the clones of the freeze');
      next.kill('SIGTERM');
      await next.ended();
      await database.query('update debits set amount = amount - 1 where id = 1; update credits set amount = amount + 1 where id = 1');
    }
  },
);
