import { allApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { makeProbe } from '../load/probe.ts';
import { type Content, readContent, requireSame } from '../proof.ts';
import { queryWarehouse, requireWarehouse } from '../query-warehouse.ts';
import type { Outcome } from '../result.ts';
import type { Settings } from '../settings.ts';
import { NARROW } from '../shapes/narrow-shape.ts';
import { makeTable } from '../shapes/shape.ts';
import { openSource } from '../source.ts';
import { steadyLoad } from '../load/steady-load.ts';
import { quantile } from '../summary.ts';
import { Workplace } from '../workplace.ts';
import type { Place } from '../workplace.ts';

const ROWS = 1000;
const RATE = 1000;
/** The engine plans no more tables in one query. */
const COUNTED_AT_ONCE = 200;

/** A thousand small tables, one in a hundred of them changed: how late the changed ones are. */
export async function benchTables(settings: Settings): Promise<Outcome> {
  const count = settings.rows ?? 1000;
  const seconds = settings.seconds ?? (settings.quick ? 20 : 60);
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  const names = Array.from({ length: count - 1 }, (_, n) => `bench_${n}`);
  const busy = names.slice(0, Math.max(1, Math.floor(count / 100)));
  for (const name of names) {
    await makeTable(client, name, NARROW, ROWS);
  }
  await makeProbe(client);
  const place = work.place('tables', source.url, { tables: 'public.*' });
  const begun = performance.now();
  await using pipeline = await LivePipeline.start(place, source);
  const copied = (performance.now() - begun) / 1000;
  const steady = await steadyLoad({ source, pipeline }, { rate: RATE, seconds, tables: busy });
  await allApplied(source, place.lake, count);
  const truths = new Map<string, Content>();
  for (const name of names) truths.set(name, await readContent(client, name));
  for (const [name, truth] of truths) if (busy.includes(name) || truth.rows !== String(ROWS)) await requireWarehouse(place, name, truth);
  let counted = 0;
  for (let at = 0; at < names.length; at += COUNTED_AT_ONCE) counted += await countRows(place, names.slice(at, at + COUNTED_AT_ONCE));
  const wanted = [...truths.values()].reduce((sum, { rows }) => sum + Number(rows), 0);
  requireSame('the whole warehouse', { rows: String(counted), hash: '' }, { rows: String(wanted), hash: '' });
  const late = steady.delays.map((delay) => delay.seconds);
  return {
    settings: { tables: count, busy: busy.length, rows: ROWS, rate: RATE, seconds },
    postgres: source.version,
    unit: 'changes',
    contenders: [steady.contender],
    figures: [
      { name: 'all tables live after', value: copied, unit: 's', bound: BOUNDS.tablesLive },
      { name: 'commit to queryable, p50', value: quantile(late, 0.5), unit: 's', bound: null },
      { name: 'commit to queryable, p99', value: quantile(late, 0.99), unit: 's', bound: BOUNDS.tablesP99 },
    ],
    proof: `count and hash of the ${busy.length} busy tables equal the source's, and the count of all ${wanted} rows of the others`,
    plots: [],
    notes: [],
  };
}

async function countRows(place: Place, names: readonly string[]): Promise<number> {
  const counts = names.map((name) => `select count() as n from public.${name}`).join(' union all ');
  const { rows } = await queryWarehouse<{ rows: string }>(place, `select toString(sum(n)) as rows from (${counts})`);
  return Number(rows);
}
