import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline, Running } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';

const SCHEMA = `
  create table orders (id int primary key, total int not null);
  insert into orders select g, 1 from generate_series(1, 200) g;
`;

/**
 * Builds of four seconds, which cost the machine nothing. The engine sleeps three seconds a call at
 * most.
 */
const FILES = {
  'marts/slow.sql': `-- An order, slowly.
-- @kind table
-- @key id
-- @every 100ms
SELECT id, total, sleepEachRow(0.0099) + sleepEachRow(0.0098) AS slept FROM public.orders
`,
  'marts/sums.sql': `-- All orders.
-- @kind table
-- @every 100ms
SELECT sum(total) AS total, count() AS orders FROM marts.slow
`,
};

const RUN = ['run', '--sql-port', '0', '--http-port', '0', '--models', 'models'];

/** Waits until a query has this answer; the endpoint may be away in between. */
function becomes(pipeline: Pipeline, query: string, expected: string): Promise<unknown> {
  return eventually(async () => (await pipeline.query(query).catch(() => null)) === expected, `"${query}" to be ${expected}`);
}

/** Tables of models that no reader sees. */
const UNSEEN = `SELECT name FROM system.tables WHERE database = 'tailrace_models'
  AND name NOT IN (SELECT replaceOne(storage, 'tailrace_models.', '') FROM tailrace.models)`;

/** Databases of runs, and clones of their freezes. */
const OF_RUNS = `SELECT name FROM system.databases WHERE startsWith(name, 'tailrace_run')
  UNION ALL SELECT name FROM system.tables WHERE database = 'tailrace' AND startsWith(name, 'frozen_')`;

/** The process of the engine, which the compactor started. */
function engineOf(run: Running): number {
  const compactor = run.roles().get('compact') ?? 0;
  const child = readdirSync('/proc').find((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(compactor);
    } catch {
      return false;
    }
  });
  if (child === undefined) throw new Error('the compactor has no engine');
  return Number(child);
}

test('a build that is killed with its supervisor, its role or its engine shows nothing and leaves nothing, and the next one is published', async () => {
  await using source = await createDatabase();
  await source.query(SCHEMA);
  await using pipeline = createPipeline({ source: source.url });
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(path.join(pipeline.folder, 'models', path.dirname(file)), { recursive: true });
    writeFileSync(path.join(pipeline.folder, 'models', file), text);
  }
  let run = pipeline.start(RUN);
  await becomes(pipeline, 'SELECT total, orders FROM marts.sums', '200\t200');
  const victims = {
    role: () => run.roles().get('transform') ?? 0,
    engine: () => engineOf(run),
    supervisor: () => run.pid,
  };
  let total = 200;
  for (const [who, pid] of Object.entries(victims)) {
    await source.query('update orders set total = total + 1');
    const before = total;
    total += 200;
    await becomes(pipeline, "SELECT count() > 0 FROM system.processes WHERE query LIKE 'INSERT INTO tailrace_models.%'", '1');
    const number = await pipeline.query('SELECT max(run) FROM tailrace.runs');
    process.kill(pid(), 'SIGKILL');
    if (who === 'supervisor') {
      await run.ended();
      run = pipeline.start(RUN);
    }
    // Until the next run is published, readers see the last one.
    const seen = new Set<string>();
    await eventually(async () => {
      const now = await pipeline.query('SELECT total FROM marts.sums').catch(() => null);
      if (now !== null) seen.add(now);
      return now === String(total);
    }, `the run after the death of the ${who}`);
    seen.delete(String(total));
    expect(
      [...seen].filter((one) => one !== String(before)),
      who,
    ).toEqual([]);
    await becomes(pipeline, "SELECT count() FROM tailrace.runs WHERE status = 'running'", '0');
    const ended = `SELECT DISTINCT status, error_code FROM tailrace.runs WHERE run = ${number}`;
    expect(await pipeline.query(ended), who).toBe('failed\tINTERRUPTED');
    await becomes(pipeline, OF_RUNS, '');
    expect(await pipeline.query(`${UNSEEN} AND startsWith(name, 'r${number}_')`), who).toBe('');
  }
  // What a later run replaced goes too, though no other run comes.
  await becomes(pipeline, UNSEEN, '');
}, 600_000);
