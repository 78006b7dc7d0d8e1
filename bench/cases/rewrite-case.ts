import { setTimeout as sleep } from 'node:timers/promises';
import { allApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { openLive } from '../live-warehouse.ts';
import { MergedRows } from '../merged-rows.ts';
import { readContent } from '../proof.ts';
import { requireWarehouse } from '../query-warehouse.ts';
import type { Figure, Outcome } from '../result.ts';
import type { Settings } from '../settings.ts';
import { NARROW } from '../shapes/narrow-shape.ts';
import { makeTable } from '../shapes/shape.ts';
import { openSource } from '../source.ts';
import { Workplace } from '../workplace.ts';

const GROWTH = 10;
/** Longer than until a quiet storage is merged whole (compactor/upkeep/quiet-merges.ts). */
const SPELL_SECONDS = 330;
/** Too short for that: only merges that the engine chooses happen. */
const QUICK_SPELL_SECONDS = 18;

/**
 * One changed row after each quiet spell, in two tables of which one is ten times as large: how
 * many rows merges write again for it.
 */
export async function benchRewrite(settings: Settings): Promise<Outcome> {
  const rows = settings.rows ?? (settings.quick ? 100_000 : 1_000_000);
  const seconds = settings.seconds ?? (settings.quick ? QUICK_SPELL_SECONDS : SPELL_SECONDS);
  const spells = Math.max(3, settings.runs);
  const sizes = { small: rows, large: rows * GROWTH };
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  for (const [table, size] of Object.entries(sizes)) await makeTable(client, table, NARROW, size);
  const place = work.place('rewrite', source.url, { tables: 'public.small,public.large' });
  await using pipeline = await LivePipeline.start(place, source);
  await using warehouse = await openLive(place);
  const merged = await MergedRows.open(warehouse, Object.keys(sizes));
  // The merges of the copy are not counted.
  await sleep(seconds * 1000);
  await merged.look();
  const before = merged.counts();
  const { wall, processes } = await pipeline.measured(async () => {
    for (let spell = 1; spell <= spells; spell += 1) {
      for (const table of Object.keys(sizes)) await client.query(`update ${table} set k = k + 1 where id = ${spell}`);
      await allApplied(source, place.lake, 2);
      await merged.watch(seconds);
    }
  });
  const perRow = Object.keys(sizes).map((table) => ((merged.counts().get(table) ?? 0) - (before.get(table) ?? 0)) / spells);
  for (const table of Object.keys(sizes)) await requireWarehouse(place, table, await readContent(client, table));
  const [small = Number.NaN, large = Number.NaN] = perRow;
  return {
    settings: { ...sizes, spells, 'seconds of a spell': seconds },
    postgres: source.version,
    unit: 'changes',
    contenders: [{ name: 'tailrace run', runs: [{ wall, processes }], amount: spells * perRow.length }],
    figures: [
      // A table of which nothing is rewritten counts as one row.
      {
        name: `rows rewritten per changed row, table of ${sizes.large.toLocaleString('en-US')} rows ÷ of ${sizes.small.toLocaleString('en-US')}`,
        value: seconds < SPELL_SECONDS ? Number.NaN : Math.max(1, large) / Math.max(1, small),
        unit: '×',
        bound: BOUNDS.rewriteGrowth,
      },
      rewritten(sizes.small, small),
      rewritten(sizes.large, large),
    ],
    proof: "count and hash of both tables in the warehouse equal the source's after the last spell",
    plots: [],
    notes: seconds < SPELL_SECONDS ? [`In ${seconds} s a quiet storage is not merged whole yet, so the ratio is not measured.`] : [],
  };
}

function rewritten(size: number, value: number): Figure {
  return {
    name: `rows that merges rewrite per changed row, table of ${size.toLocaleString('en-US')} rows`,
    value,
    unit: 'rows',
    bound: null,
  };
}
