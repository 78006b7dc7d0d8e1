import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { Program } from '../program.ts';
import type { Contender, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { makeTable } from '../shapes/shape.ts';
import { LABELS, SHAPES } from '../shapes/shapes.ts';
import { openSource, type Source } from '../source.ts';
import { makeOne, ONE } from '../start-up.ts';
import { labelled, ratioFigures, startFigures } from '../summary.ts';
import { type Place, Workplace } from '../workplace.ts';

/** Two rows of the wide table cost about as much as five of the other. */
const WIDE_SHARE = 0.4;
const MD5 = 'md5 of each row';

/**
 * `tailrace verify` of a table against one session of the source that only hashes the same rows:
 * the sum of 32 bits of the md5 of each row's text. For a table of five columns and for one of
 * twenty.
 */
export async function benchVerify(settings: Settings): Promise<Outcome> {
  const rows = settings.rows ?? (settings.quick ? 1_000_000 : 5_000_000);
  const sizes = { narrow: rows, wide: Math.round(rows * WIDE_SHARE) };
  const rounds = Math.max(3, settings.runs);
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await makeOne(source);
  for (const shape of ['narrow', 'wide'] as const) await makeTable(client, shape, SHAPES[shape], sizes[shape]);
  await client.query('vacuum analyze');
  const place = work.place('verify', source.url, { tables: `public.narrow,public.wide,public.${ONE}` });
  await using _ = await LivePipeline.start(place, source);
  await verify(place, 'narrow');
  const contenders: Contender[] = [];
  const figures: Outcome['figures'][number][] = [];
  for (const shape of ['narrow', 'wide'] as const) {
    const [runs, startUp, limit]: [Run[], Run[], Run[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      startUp.push(await verify(place, ONE));
      limit.push(await hashed(source, shape));
      runs.push(await verify(place, shape));
    }
    const ours = { name: 'verify', runs, startUp, amount: sizes[shape] };
    const both = [ours, { name: MD5, runs: limit, amount: sizes[shape], limitOf: ours.name }];
    contenders.push(...labelled(both, LABELS[shape]));
    figures.push(...labelled([...ratioFigures(both, { [MD5]: BOUNDS.verifyToHash }), ...startFigures(both)], LABELS[shape]));
  }
  return {
    settings: { rows, 'rows of 20 columns': sizes.wide, runs: rounds },
    postgres: source.version,
    unit: 'rows',
    contenders,
    figures,
    proof: 'every run compared all rows and found source and warehouse equal',
    plots: [],
    notes: ['The session that hashes is connected before, so it has no start.'],
  };
}

/** A verification that found the table equal. */
async function verify(place: Place, table: string): Promise<Run> {
  const begun = performance.now();
  await using program = new Program(place.command('verify', '--table', `public.${table}`));
  await program.end();
  return { wall: (performance.now() - begun) / 1000, processes: [] };
}

async function hashed({ client }: Source, table: string): Promise<Run> {
  const begun = performance.now();
  await client.query('set max_parallel_workers_per_gather = 0');
  await client.query(`select sum(('x' || left(md5(r::text), 8))::bit(32)::bigint) from ${table} as r`);
  return { wall: (performance.now() - begun) / 1000, processes: [] };
}
