import { isApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { isDurable, lakeFiles } from '../lake-files.ts';
import { OpenWarehouse } from '../open-warehouse.ts';
import { lakeTable, readContent, requireSame, warehouseContent } from '../proof.ts';
import type { Contender, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { NARROW } from '../shapes/narrow-shape.ts';
import { makeTable } from '../shapes/shape.ts';
import { currentLsn, openSource, type Source } from '../source.ts';
import { median, netSeconds, startFigures } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { makeLive, type Place, Workplace } from '../workplace.ts';

const BATCH = 1_000_000;
const INSERT_SELECT = 'plain INSERT SELECT';

/** A table of the warehouse, and the rows of it that batches change. */
interface Target {
  readonly place: Place;
  readonly table: string;
  readonly size: number;
  /** One row in this many is in the source, and in each batch. */
  readonly step: number;
  readonly runs: Run[];
  readonly startUp: Run[];
}

/**
 * A batch of a million rows, keys from everywhere, onto tables of other sizes: what it costs must
 * depend on the batch alone. The sizes take turns.
 */
export async function benchMerge(settings: Settings): Promise<Outcome> {
  const batch = settings.rows ?? BATCH;
  const sizes = settings.quick ? [batch, 100 * batch] : [batch, 10 * batch, 100 * batch];
  await using source = await openSource(null);
  using work = new Workplace();
  const targets: Target[] = [];
  for (const size of sizes) targets.push(await makeTarget(source, work, { size, step: size / batch }));
  const plain: Run[] = [];
  for (let round = 0; round < settings.runs; round += 1)
    for (const target of targets) {
      target.startUp.push(await mergeOne(source, target));
      plain.push(await mergeBatch(source, target));
    }
  for (const target of targets) await prove(source, target);
  const contenders = targets.map(({ size, runs, startUp }): Contender => ({
    name: `onto ${size.toLocaleString('en-US')} rows`,
    runs,
    startUp,
    amount: batch,
  }));
  const [onto1, ...onto] = contenders;
  return {
    settings: { batch, runs: settings.runs },
    postgres: source.version,
    unit: 'rows',
    contenders: [...contenders, { name: INSERT_SELECT, runs: plain, amount: batch }],
    figures: [
      ...onto.map((contender, index) => ({
        name: `${contender.name} ÷ onto ${batch.toLocaleString('en-US')}`,
        value: times(contender, onto1),
        unit: '× the time',
        bound: index === onto.length - 1 ? BOUNDS.mergeGrowth : null,
      })),
      ...startFigures(contenders),
    ],
    proof: `after the last of ${settings.runs} batches, each of which changes what the one before it wrote, count and hash of the ${batch} rows equal the source's; the view has as many rows as before`,
    plots: [],
    notes: [
      'The plain INSERT SELECT reads the same files into a table of its own. The rows of the greater tables are made in the warehouse itself; times are those of the compactor.',
    ],
  };
}

/** How many times as long as the other it took, round by round. */
function times(contender: Contender, other: Contender | undefined): number {
  const others = other === undefined ? [] : netSeconds(other);
  return median(netSeconds(contender).map((seconds, round) => seconds / (others[round] ?? Number.NaN)));
}

async function makeTarget(source: Source, work: Workplace, { size, step }: { size: number; step: number }): Promise<Target> {
  const { client } = source;
  const table = `bench_${size}`;
  await makeTable(client, table, NARROW);
  const target: Target = {
    place: work.place(String(size), source.url, { tables: `public.${table}` }),
    table,
    size,
    step,
    runs: [],
    startUp: [],
  };
  await makeLive(target.place, 1);
  fill(target);
  await client.query(
    `insert into ${table} select ${NARROW.values('g')} from generate_series(${step}::bigint, ${size}::bigint, ${step}::bigint) g`,
  );
  await mergeWaiting(source, target.place);
  return target;
}

/**
 * Rows 1…size straight into the storage of the warehouse, older than every change. Four parts of
 * one size stay as they are, so the engine is not busy with merging them while it is measured.
 */
function fill({ place, size }: Target): void {
  using warehouse = new OpenWarehouse(place.warehouse);
  const [table = '', id = ''] = warehouse
    .value("select table, name from system.columns where database = 'tailrace' and comment like 'id %'")
    .split('\t');
  const block = Math.ceil(size / 4);
  const rest = [1, 2, 3, 4].map((next) => `c${Number(id.slice(1)) + next}`);
  warehouse.exec(
    `insert into tailrace.${table} (${id}, ${rest.join(', ')}, _tr_version) select number + 1, number % 1000, number / 100, toString(number), toDateTime64('2026-01-01 00:00:00', 6, 'UTC') + number, bitShiftLeft(toUInt128(1), 112) from numbers(${size}) settings max_threads = 1, max_insert_block_size = ${block}, min_insert_block_size_rows = ${block}, min_insert_block_size_bytes = 0`,
  );
}

/** The compactor with one changed row waiting. */
async function mergeOne(source: Source, { place, table, step }: Target): Promise<Run> {
  await source.client.query(`update ${table} set k = k + 1 where id = ${step}`);
  return mergeWaiting(source, place);
}

/** The compactor with the batch waiting; returns what a plain INSERT SELECT of it takes. */
async function mergeBatch(source: Source, { place, table, runs }: Target): Promise<Run> {
  const before = new Set(lakeFiles(place.lake, 'stream'));
  // What a batch writes follows from what the one before it wrote.
  await source.client.query(`update ${table} set k = k + 1, note = md5(note)`);
  runs.push(await mergeWaiting(source, place));
  const files = lakeFiles(place.lake, 'stream').filter((file) => !before.has(file));
  using warehouse = new OpenWarehouse(place.warehouse);
  warehouse.exec(`create table default.plain (${NARROW.plain}) engine = MergeTree order by id`);
  const wall = warehouse.seconds(`insert into default.plain select * from ${lakeTable(place.lake, files)}`);
  warehouse.exec('drop table default.plain');
  return { wall, processes: [] };
}

async function mergeWaiting(source: Source, place: Place): Promise<Run> {
  const end = await currentLsn(source.client);
  await timedRun([place.command('replicate')], null, () => isDurable(place.lake, end));
  return timedRun([place.command('compact')], null, () => isApplied(place.lake, 1, end));
}

/** The rows of the batches are those of the source; no other row was lost, and none came twice. */
async function prove({ client }: Source, { place, table, size, step }: Target): Promise<void> {
  using warehouse = new OpenWarehouse(place.warehouse);
  const written = `(select * from public.${table} where id % ${step} = 0)`;
  requireSame('the warehouse', warehouse.content(warehouseContent(written)), await readContent(client, table));
  const all = { rows: warehouse.value(`select count() from public.${table}`), hash: '' };
  requireSame('the whole table', all, { rows: String(size), hash: '' });
}
