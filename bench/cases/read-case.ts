import { allApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { OpenWarehouse } from '../open-warehouse.ts';
import { makeProbe } from '../probe.ts';
import { BENCH_TABLE, benchRows, readContent, requireSame, warehouseContent } from '../proof.ts';
import type { Bound, Contender, Figure, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { openSource } from '../source.ts';
import { steadyLoad } from '../steady-load.ts';
import { median, ratios } from '../summary.ts';
import { Workplace } from '../workplace.ts';

const RATE = 5000;
const ROUNDS = 9;

/** What people ask: an aggregate over everything that reads a number, a decimal and a date. */
const QUESTION = 'select k % 100 as part, count() as n, sum(amount) as total, max(at) as latest from %t group by part order by part';

/**
 * A query on a current-state view, as steady traffic leaves it, and after a merge, against the same
 * rows in a plain MergeTree table.
 */
export async function benchRead(settings: Settings): Promise<Outcome> {
  const rows = settings.rows ?? (settings.quick ? 3_000_000 : 10_000_000);
  const seconds = settings.seconds ?? (settings.quick ? 15 : 60);
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await client.query(BENCH_TABLE);
  await client.query(benchRows(1, rows));
  await makeProbe(client);
  const place = work.place('read', source.url, { tables: 'public.bench,public.probe' });
  {
    await using pipeline = await LivePipeline.start(place, source);
    await steadyLoad({ source, pipeline }, { rate: RATE, seconds, tables: ['bench'], rows });
    await allApplied(source, place.lake, 2);
  }
  const truth = await readContent(client, 'bench');
  using warehouse = new OpenWarehouse(place.warehouse);
  warehouse.exec('system stop merges');
  const storage = warehouse.value(
    `select table from system.parts where active and database = 'tailrace' group by table order by sum(rows) desc limit 1`,
  );
  const parts = Number(warehouse.value(`select count() from system.parts where active and table = '${storage}'`));
  warehouse.exec('create table default.plain engine = MergeTree order by id as select * from public.bench');
  warehouse.exec('system start merges default.plain');
  warehouse.exec('optimize table default.plain final');
  const before = alternate(warehouse, 'view, as traffic left it', rows);
  requireSame('the view', warehouse.content(warehouseContent('public.bench')), truth);
  warehouse.exec(`system start merges tailrace.${storage}`);
  warehouse.exec(`optimize table tailrace.${storage} final`);
  const after = alternate(warehouse, 'view, merged', rows);
  requireSame('the merged view', warehouse.content(warehouseContent('public.bench')), truth);
  return {
    settings: { rows, rate: RATE, seconds, parts },
    postgres: source.version,
    unit: 'rows',
    contenders: [before.view, after.view, after.plain],
    figures: [
      figure('view after steady traffic ÷ plain table', before, BOUNDS.readToPlain),
      figure('view after a merge ÷ plain table', after, null),
    ],
    proof: `count and hash of all ${truth.rows} rows of the view equal the source's, before and after merging`,
    plots: [],
    notes: [],
  };
}

interface Pair {
  readonly view: Contender;
  readonly plain: Contender;
}

function alternate(warehouse: OpenWarehouse, name: string, rows: number): Pair {
  const runs: Record<'view' | 'plain', Run[]> = { view: [], plain: [] };
  const timed = (table: string): Run => ({ wall: warehouse.seconds(QUESTION.replace('%t', table)), processes: [] });
  timed('public.bench');
  for (let round = 0; round < ROUNDS; round += 1) {
    runs.plain.push(timed('default.plain'));
    runs.view.push(timed('public.bench'));
  }
  return { view: { name, runs: runs.view, amount: rows }, plain: { name: 'plain table', runs: runs.plain, amount: rows, limit: true } };
}

function figure(name: string, { view, plain }: Pair, bound: Bound | null): Figure {
  return { name, value: 1 / median(ratios(view, plain)), unit: '× the time', bound };
}
