import { isApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { isDurable, lakeFiles } from '../lake-files.ts';
import { OpenWarehouse } from '../open-warehouse.ts';
import { BENCH_TABLE, PLAIN_COLUMNS, type Content, lakeTable, readContent, requireSame, warehouseContent } from '../proof.ts';
import type { Contender, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { currentLsn, openSource, type Source } from '../source.ts';
import { median } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { makeLive, type Place, Workplace } from '../workplace.ts';

const BATCH = 1_000_000;
const INSERT_SELECT = 'plain INSERT SELECT';

/**
 * A batch of a million rows, keys from everywhere, onto tables of other sizes: what it costs must
 * depend on the batch alone.
 */
export async function benchMerge(settings: Settings): Promise<Outcome> {
  const batch = settings.rows ?? BATCH;
  const sizes = settings.quick ? [batch, 100 * batch] : [batch, 10 * batch, 100 * batch];
  await using source = await openSource(null);
  using work = new Workplace();
  await source.client.query(BENCH_TABLE);
  const contenders: Contender[] = [];
  const plain: Run[] = [];
  for (const size of sizes) {
    const place = work.place(String(size), source.url, { tables: 'public.bench' });
    const runs = await mergeOnto(source, place, { size, batch, rounds: settings.runs, plain });
    contenders.push({ name: `onto ${size.toLocaleString('en-US')} rows`, runs, amount: batch });
  }
  const [onto1, ...onto] = contenders;
  return {
    settings: { batch, runs: settings.runs },
    postgres: source.version,
    unit: 'rows',
    contenders: [...contenders, { name: INSERT_SELECT, runs: plain, amount: batch, limit: true }],
    figures: onto.map((contender, index) => ({
      name: `${contender.name} ÷ onto ${batch.toLocaleString('en-US')}`,
      value: seconds(contender) / seconds(onto1),
      unit: '× the time',
      bound: index === onto.length - 1 ? BOUNDS.mergeGrowth : null,
    })),
    proof: `after each batch count and hash of its ${batch} rows equal the source's, and after the last one the view has as many rows as before`,
    plots: [],
    notes: [
      'The plain INSERT SELECT reads the same files into a table of its own. The rows of the greater tables are made in the warehouse itself; times are those of the compactor, from its start.',
    ],
  };
}

function seconds(contender: Contender | undefined): number {
  return median((contender?.runs ?? []).map(({ wall }) => wall));
}

async function mergeOnto(source: Source, place: Place, of: { size: number; batch: number; rounds: number; plain: Run[] }): Promise<Run[]> {
  const { client } = source;
  const { size, batch, rounds, plain } = of;
  const step = size / batch;
  await client.query('truncate bench');
  await makeLive(place, 1);
  fill(place, size);
  await client.query(
    `insert into bench select g, g % 1000, g / 100.0, md5(g::text), timestamptz '2026-01-01' + g * interval '1 second' from generate_series(${step}, ${size}, ${step}) g`,
  );
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = new Set(lakeFiles(place.lake, 'stream'));
    await client.query('update bench set k = k + 1, note = md5(note)');
    const end = await currentLsn(client);
    await timedRun([place.command('replicate')], null, () => isDurable(place.lake, end));
    runs.push(await timedRun([place.command('compact')], null, () => isApplied(place.lake, 1, end)));
    const truth = await readContent(client, 'bench');
    const files = lakeFiles(place.lake, 'stream').filter((file) => !before.has(file));
    plain.push(prove(place, files, { step, truth }));
  }
  proveSize(place, size);
  return runs;
}

/** Rows 1…size straight into the storage of the warehouse, older than every change. */
function fill(place: Place, size: number): void {
  using warehouse = new OpenWarehouse(place.warehouse);
  const [table = '', id = ''] = warehouse
    .value("select table, name from system.columns where database = 'tailrace' and comment like 'id %'")
    .split('\t');
  const rest = [1, 2, 3, 4].map((next) => `c${Number(id.slice(1)) + next}`);
  warehouse.exec(
    `insert into tailrace.${table} (${id}, ${rest.join(', ')}, _tr_version) select number + 1, number % 1000, number / 100, toString(number), toDateTime64('2026-01-01 00:00:00', 6, 'UTC') + number, bitShiftLeft(toUInt128(1), 112) from numbers(${size})`,
  );
}

/** Compares, and times a plain INSERT SELECT of the same files into a table of its own. */
function prove(place: Place, files: readonly string[], of: { step: number; truth: Content }): Run {
  using warehouse = new OpenWarehouse(place.warehouse);
  const written = `(select * from public.bench where id % ${of.step} = 0)`;
  requireSame('the warehouse', warehouse.content(warehouseContent(written)), of.truth);
  warehouse.exec(`create table default.plain (${PLAIN_COLUMNS}) engine = MergeTree order by id`);
  const wall = warehouse.seconds(`insert into default.plain select * from ${lakeTable(place.lake, files)}`);
  warehouse.exec('drop table default.plain');
  return { wall, processes: [] };
}

/** No row of the table was lost, and none came twice. */
function proveSize(place: Place, size: number): void {
  using warehouse = new OpenWarehouse(place.warehouse);
  const all = { rows: warehouse.value('select count() from public.bench'), hash: '' };
  requireSame('the whole table', all, { rows: String(size), hash: '' });
}
