import { isApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { churn, makeMixed } from '../mixed-load.ts';
import { readContent } from '../proof.ts';
import type { Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { currentLsn, openSource } from '../source.ts';
import { cpuFigure, median, ratioFigures, rates } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { BareReaders } from '../waiting-wal.ts';
import { requireWarehouse } from '../query-warehouse.ts';
import { makeLive, Workplace } from '../workplace.ts';

/** WAL of N mixed changes waiting in a slot → in the warehouse, deduplicated and compared. */
export async function benchMixed(settings: Settings): Promise<Outcome> {
  const changes = settings.rows ?? (settings.quick ? 300_000 : 1_000_000);
  const rows = Math.ceil(changes / 2);
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await makeMixed(client, rows);
  const places = Array.from({ length: settings.runs }, (_, round) => work.place(`${round}`, source.url, { tables: 'public.mixed' }));
  // Each warehouse has the table before anything changes, and each slot all that changes after.
  for (const place of places) await makeLive(place, 1);
  const changed = await churn(client, rows, changes);
  const end = await currentLsn(client);
  const truth = await readContent(client, 'mixed', true);
  const readers = new BareReaders(source);
  const runs: Run[] = [];
  for (const place of places) {
    await readers.read(place.lake, end);
    const roles = ['replicate', 'compact'].map((role) => place.command(role));
    runs.push(await timedRun(roles, source.pid, () => isApplied(place.lake, 1, end)));
    await requireWarehouse(place, 'mixed', truth, true);
  }
  const ours = { name: 'tailrace replicate, compact', runs, amount: changed };
  const others = readers.contenders(changed);
  return {
    settings: { changes: changed, rows, runs: settings.runs },
    postgres: source.version,
    unit: 'changes',
    contenders: [ours, ...others],
    figures: [
      { name: 'changes landed and merged', value: median(rates(ours)), unit: '/s', bound: BOUNDS.mixedRate },
      ...ratioFigures([ours, ...others], {}),
      cpuFigure(ours, 'changes', BOUNDS.mixedCpu),
    ],
    proof: `count and hash of all ${truth.rows} rows in the warehouse equal the source's, in each of ${settings.runs} runs`,
    plots: [],
    notes: readers.notes(),
  };
}
