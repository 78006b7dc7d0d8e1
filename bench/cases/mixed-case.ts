import { isApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { churn, makeMixed, MIXED, MIXED_WIDE, type MixedTable } from '../load/mixed-load.ts';
import { readContent } from '../proof.ts';
import { requireWarehouse } from '../query-warehouse.ts';
import type { Contender, Figure, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { LABELS } from '../shapes/shapes.ts';
import { currentLsn, openSource, type Source } from '../source.ts';
import { changeOne, makeOne, ONE } from '../start-up.ts';
import { cpuFigure, labelled, median, rates, ratioFigures, startFigures } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { BARE, BareReaders } from '../waiting-wal.ts';
import { makeLive, type Place, Workplace } from '../workplace.ts';

/** Changes of the wide table for each of the narrow one. */
const WIDE_SHARE = 0.25;

interface Part {
  readonly contenders: readonly Contender[];
  readonly figures: readonly Figure[];
  readonly changes: number;
  readonly postgres: string;
  readonly proof: string;
  readonly notes: readonly string[];
}

/**
 * WAL of N mixed changes waiting in a slot → in the warehouse, deduplicated and compared. For a
 * table of five columns and a document, and for one of twenty columns.
 */
export async function benchMixed(settings: Settings): Promise<Outcome> {
  const changes = settings.rows ?? (settings.quick ? 300_000 : 1_000_000);
  const narrow = await mixedChanges(MIXED, LABELS.narrow, { changes, runs: settings.runs });
  const wide = await mixedChanges(MIXED_WIDE, LABELS.wide, { changes: Math.ceil(changes * WIDE_SHARE), runs: settings.runs });
  return {
    settings: { changes: narrow.changes, 'changes of 20 columns': wide.changes, runs: settings.runs },
    postgres: narrow.postgres,
    unit: 'changes',
    contenders: [...narrow.contenders, ...wide.contenders],
    figures: [...narrow.figures, ...wide.figures],
    proof: `${narrow.proof}; ${wide.proof}`,
    plots: [],
    notes: narrow.notes,
  };
}

async function mixedChanges(table: MixedTable, label: string, of: { changes: number; runs: number }): Promise<Part> {
  const rows = Math.ceil(of.changes / 2);
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await makeMixed(client, table, rows);
  await makeOne(source);
  const places = Array.from({ length: of.runs }, (_, round) => work.place(`${round}`, source.url, { tables: `public.${table.name}` }));
  // Each warehouse has the table before anything changes, and each slot all that changes after.
  for (const place of places) await makeLive(place, 1);
  const changed = await churn(client, table, rows, of.changes);
  const end = await currentLsn(client);
  const startPlace = work.place('start', source.url, { tables: `public.${ONE}` });
  await makeLive(startPlace, 1);
  const truth = await readContent(client, table.name, table.shape);
  const [readers, starts] = [new BareReaders(source), new BareReaders(source)];
  const [runs, startUp]: [Run[], Run[]] = [[], []];
  for (const place of places) {
    const startEnd = await changeOne(source);
    await starts.read(startPlace.lake, startEnd);
    startUp.push(await mergeUntil(source, startPlace, startEnd));
    await readers.read(place.lake, end);
    runs.push(await mergeUntil(source, place, end));
    await requireWarehouse(place, table.name, truth, table.shape);
  }
  const ours = { name: 'tailrace replicate, compact', runs, startUp, amount: changed };
  const contenders = [ours, ...readers.contenders(ours, starts)];
  const figures = [
    ...ratioFigures(contenders, { [BARE]: BOUNDS.mixedToBare }),
    cpuFigure(ours, 'changes', BOUNDS.mixedCpu),
    { name: 'changes landed and merged', value: median(rates(ours)), unit: '/s', bound: null },
    ...startFigures(contenders),
  ];
  return {
    contenders: labelled(contenders, label),
    figures: labelled(figures, label),
    changes: changed,
    postgres: source.version,
    proof: `count and hash of all ${truth.rows} rows of ${label} in the warehouse equal the source's, in each of ${of.runs} runs`,
    notes: readers.notes(),
  };
}

function mergeUntil(source: Source, place: Place, end: string): Promise<Run> {
  const roles = ['replicate', 'compact'].map((role) => place.command(role));
  return timedRun(roles, source.pid, () => isApplied(place.lake, 1, end));
}
