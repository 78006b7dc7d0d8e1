import { createPipeline } from '../pipeline.ts';
import type { Pipeline, Running } from '../pipeline.ts';
import { createDatabase } from '../postgres.ts';
import { startClickhouse } from './clickhouse-front.ts';

/** Rows that were applied twice show where there is no key. */
const SCHEMA = `
  create table counts (id int primary key, n int); insert into counts select g, 0 from generate_series(1, 100) g;
  create table readings (n int); alter table readings replica identity full`;

/** A pipeline over one server with two compactors: the first is at work, the second stands by. */
export interface CompactorPair extends AsyncDisposable {
  readonly pipeline: Pipeline;
  readonly first: Running;
  readonly second: Running;
  /** Changes rows of both tables in many transactions. */
  change(): Promise<void>;
}

export async function startCompactorPair(): Promise<CompactorPair> {
  await using resources = new AsyncDisposableStack();
  const database = resources.use(await createDatabase());
  await database.query(SCHEMA);
  const server = resources.use(await startClickhouse());
  const pipeline = resources.use(createPipeline({ source: database.url, warehouse: server.url }));
  pipeline.start(['replicate']);
  pipeline.start(['snapshot']);
  const first = pipeline.start(['compact']);
  await first.event('ready');
  const second = pipeline.start(['compact']);
  await second.event('standby');
  const owned = resources.move();
  return {
    pipeline,
    first,
    second,
    async change() {
      for (let n = 0; n < 50; n += 1) {
        await database.query(`update counts set n = n + 1 where id = ${1 + n}`);
        await database.query(`insert into readings values (${n}), (${n})`);
        if (n % 10 === 9) await database.query('delete from readings where n = 3');
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
