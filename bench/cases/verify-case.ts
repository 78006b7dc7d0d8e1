import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { Program } from '../program.ts';
import { BENCH_TABLE, benchRows } from '../proof.ts';
import type { Contender, Figure, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { openSource, type Source } from '../source.ts';
import { median } from '../summary.ts';
import { type Place, Workplace } from '../workplace.ts';

/** Two rows of the wide table cost about as much as five of the other. */
const WIDE_SHARE = 0.4;

/** Keys, numbers, times, texts, documents and arrays, as applications have them. */
const WIDE_TABLE = `create table wide (id uuid primary key, a int not null, b int, c bigint not null, price numeric(18,4), rate numeric,
  name varchar(40) not null, note text, doc jsonb, made timestamptz not null, seen timestamptz, day date, done boolean not null,
  score double precision, tags text[], parts int[], code varchar(20), rank smallint, wait interval, raw bytea)`;
const wideRows = (rows: number): string => `insert into wide
  select gen_random_uuid(), g, nullif(g % 7, 0), g::bigint * 1000000, g / 7.0, g / 3.0, 'customer ' || g, repeat('x', g % 40),
    jsonb_build_object('a', g, 'b', md5(g::text)), now(), now() - g * interval '1 second', date '2020-01-01' + g % 1000, g % 2 = 0,
    g / 3.0, array['a', 'b', g::text], array[1, g], 'n' || g, g % 100, interval '1 day', decode(md5(g::text), 'hex')
  from generate_series(1, ${rows}) g`;

/**
 * `tailrace verify` of a table against one session of the source that only hashes the same rows:
 * the sum of 32 bits of the md5 of each row's text. What `verify` takes for a table of one row is
 * taken off.
 */
export async function benchVerify(settings: Settings): Promise<Outcome> {
  const rows = settings.rows ?? (settings.quick ? 1_000_000 : 5_000_000);
  const tables = { bench: rows, wide: Math.round(rows * WIDE_SHARE) };
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await client.query(`${BENCH_TABLE}; ${WIDE_TABLE}; create table one (id int primary key); insert into one values (1)`);
  await client.query(benchRows(1, tables.bench));
  await client.query(wideRows(tables.wide));
  await client.query('vacuum analyze');
  const place = work.place('verify', source.url, { tables: 'public.bench,public.wide,public.one' });
  await using _ = await LivePipeline.start(place, source);
  await verify(place, 'bench');
  const starts: number[] = [];
  const contenders: Contender[] = [];
  const figures: Figure[] = [];
  for (const [table, amount] of Object.entries(tables)) {
    const ours: Run[] = [];
    const limit: Run[] = [];
    for (let round = 0; round < Math.max(3, settings.runs); round += 1) {
      const start = await verify(place, 'one');
      starts.push(start);
      limit.push({ wall: await hashed(source, table), processes: [] });
      ours.push({ wall: (await verify(place, table)) - start, processes: [] });
    }
    contenders.push({ name: `verify of ${table}`, runs: ours, amount });
    contenders.push({ name: `md5 of each row of ${table}`, runs: limit, amount, limit: true });
    const ratios = ours.map(({ wall }, round) => (limit[round]?.wall ?? Number.NaN) / wall);
    figures.push({ name: `verify ÷ md5 of each row, ${table}`, value: median(ratios), unit: '×', bound: BOUNDS.verifyToHash });
  }
  return {
    settings: { ...tables, runs: settings.runs, 'start, s': Number(median(starts).toFixed(2)) },
    postgres: source.version,
    unit: 'rows',
    contenders,
    figures,
    proof: 'every run compared all rows and found source and warehouse equal',
    plots: [],
    notes: [],
  };
}

/** Seconds of a verification that found the table equal. */
async function verify(place: Place, table: string): Promise<number> {
  const begun = performance.now();
  await using program = new Program(place.command('verify', '--table', `public.${table}`));
  await program.end();
  return (performance.now() - begun) / 1000;
}

async function hashed({ client }: Source, table: string): Promise<number> {
  const begun = performance.now();
  await client.query('set max_parallel_workers_per_gather = 0');
  await client.query(`select sum(('x' || left(md5(r::text), 8))::bit(32)::bigint) from ${table} as r`);
  return (performance.now() - begun) / 1000;
}
