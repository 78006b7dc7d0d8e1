import { isApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { isDurable } from '../lake-files.ts';
import { OpenWarehouse } from '../open-warehouse.ts';
import { readContent, requireSame, warehouseContent } from '../proof.ts';
import type { Contender, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { NARROW } from '../shapes/narrow-shape.ts';
import { makeTable } from '../shapes/shape.ts';
import { currentLsn, openSource, type Source } from '../source.ts';
import { median, netSeconds, startFigures } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { makeLive, type Place, Workplace } from '../workplace.ts';

const BATCH = 1_000_000;
const TABLE = 'bench_history';
const VERSIONS = `public.${TABLE}__history`;

/** A lake and a warehouse of the same table, and what its compactor took. */
interface Target {
  readonly name: string;
  readonly place: Place;
  readonly runs: Run[];
  readonly startUp: Run[];
}

/** Batches of changed rows onto a table with a history, and onto the same table without one. */
export async function benchHistory(settings: Settings): Promise<Outcome> {
  const batch = settings.rows ?? (settings.quick ? BATCH / 10 : BATCH);
  await using source = await openSource(null);
  using work = new Workplace();
  await makeTable(source.client, TABLE, NARROW);
  await source.client.query(`insert into ${TABLE} select ${NARROW.values('g')} from generate_series(1, ${batch}) g`);
  const without = target(source, work, 'without a history', {});
  const withOne = target(source, work, 'with a history', { TAILRACE_TABLE: `{"public.${TABLE}":{"history":"forever"}}` });
  for (const { place } of [without, withOne]) await makeLive(place, 1);
  for (let round = 0; round < settings.runs; round += 1) {
    await source.client.query(`update ${TABLE} set k = k + 1 where id = 1`);
    for (const one of [without, withOne]) one.startUp.push(await merge(source, one.place));
    await source.client.query(`update ${TABLE} set k = k + 1, note = md5(note)`);
    for (const one of [without, withOne]) one.runs.push(await merge(source, one.place));
  }
  await prove(source, withOne.place, batch * (settings.runs + 1) + settings.runs);
  const contenders = [without, withOne].map(({ name, runs, startUp }): Contender => ({ name, runs, startUp, amount: batch }));
  const [others = [], seconds = []] = contenders.map(netSeconds);
  return {
    settings: { batch, runs: settings.runs },
    postgres: source.version,
    unit: 'rows',
    contenders,
    figures: [
      {
        name: 'with a history ÷ without',
        value: median(seconds.map((one, round) => one / (others[round] ?? Number.NaN))),
        unit: '× the time',
        bound: BOUNDS.historyCost,
      },
      ...startFigures(contenders),
    ],
    proof: 'the open versions have count and hash of the source, and there are as many versions as changes',
    plots: [],
    notes: ['Times are those of the compactor.'],
  };
}

function target(source: Source, work: Workplace, name: string, env: Record<string, string>): Target {
  const place = work.place(name.replaceAll(' ', '-'), source.url, { tables: `public.${TABLE}`, env });
  return { name, place, runs: [], startUp: [] };
}

async function merge({ client }: Source, place: Place): Promise<Run> {
  const end = await currentLsn(client);
  await timedRun([place.command('replicate')], null, () => isDurable(place.lake, end));
  return timedRun([place.command('compact')], null, () => isApplied(place.lake, 1, end));
}

async function prove({ client }: Source, place: Place, versions: number): Promise<void> {
  using warehouse = new OpenWarehouse(place.warehouse);
  const open = `(select * except (valid_from, valid_to, op, lsn) from ${VERSIONS} where valid_to is null)`;
  requireSame('the open versions', warehouse.content(warehouseContent(open)), await readContent(client, TABLE));
  requireSame('all versions', { rows: warehouse.value(`select count() from ${VERSIONS}`), hash: '' }, { rows: String(versions), hash: '' });
}
