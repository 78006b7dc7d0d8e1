import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { BOUNDS } from '../bounds.ts';
import { lakeFiles } from '../lake-files.ts';
import { benchOwnSnapshot } from './own-source-case.ts';
import { BINARY, copyReader, TEXT } from '../copy-contender.ts';
import { lakeContent, readContent, requireSame } from '../proof.ts';
import type { Contender, Figure, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { makeTable } from '../shapes/shape.ts';
import { LABELS, SHAPES, type ShapeName } from '../shapes/shapes.ts';
import { openSource, type Source } from '../source.ts';
import { makeOne, ONE } from '../start-up.ts';
import { cpuFigure, labelled, ratioFigures, startFigures } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { makeSlot, type Place, Workplace } from '../workplace.ts';

/** Rows of the wide table for each of the narrow one. */
const WIDE_SHARE = 0.2;

interface Part {
  readonly contenders: readonly Contender[];
  readonly figures: readonly Figure[];
  readonly rows: string;
}

/**
 * A table → durable Arrow files, against COPY of the same table thrown away. For a table of five
 * columns and for one of twenty.
 */
export async function benchSnapshot(settings: Settings): Promise<Outcome> {
  if (settings.source !== null) return benchOwnSnapshot(settings);
  const rows = settings.rows ?? 2_000_000;
  const sizes = { narrow: rows, wide: Math.ceil(rows * WIDE_SHARE) };
  await using source = await openSource(null);
  using work = new Workplace();
  await makeOne(source);
  const narrow = await copies(source, work, 'narrow', { rows: sizes.narrow, runs: settings.runs });
  const wide = await copies(source, work, 'wide', { rows: sizes.wide, runs: settings.runs });
  return {
    settings: { rows, 'rows of 20 columns': sizes.wide, runs: settings.runs },
    postgres: source.version,
    unit: 'rows',
    contenders: [...narrow.contenders, ...wide.contenders],
    figures: [...narrow.figures, ...wide.figures],
    proof: `count and hash of all ${narrow.rows} rows of 5 columns and ${wide.rows} of 20 in the copies' files equal the source's, in each of ${settings.runs} runs`,
    plots: [],
    notes: [],
  };
}

/** What one round of one table took. */
interface Round {
  readonly place: Place;
  readonly ours: Run;
  readonly text: Run;
  readonly binary: Run;
}

async function copies(source: Source, work: Workplace, shapeName: ShapeName, of: { rows: number; runs: number }): Promise<Part> {
  const shape = SHAPES[shapeName];
  await makeTable(source.client, shapeName, shape, of.rows);
  await source.client.query(`vacuum (analyze, freeze) ${shapeName}`);
  const truth = await readContent(source.client, shapeName, shape);
  const [rounds, starts]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < of.runs; round += 1) {
    starts.push(await copyOnce(source, ONE, work.place(`${shapeName}-start-${round}`, source.url, { tables: `public.${ONE}` })));
    const copied = await copyOnce(source, shapeName, work.place(`${shapeName}-${round}`, source.url, { tables: `public.${shapeName}` }));
    requireSame('the lake', lakeContent(copied.place.lake, lakeFiles(copied.place.lake, 'snapshot'), shape), truth);
    rounds.push(copied);
  }
  const timed = (pick: (round: Round) => Run): Pick<Contender, 'runs' | 'startUp' | 'amount'> => ({
    runs: rounds.map(pick),
    startUp: starts.map(pick),
    amount: of.rows,
  });
  const ours = { name: 'tailrace snapshot', ...timed((round) => round.ours) };
  const contenders = [
    ours,
    { name: TEXT, limitOf: ours.name, ...timed(({ text }) => text) },
    { name: BINARY, limitOf: ours.name, ...timed(({ binary }) => binary) },
  ];
  const bounds = { [TEXT]: BOUNDS.snapshotToCopyText, [BINARY]: BOUNDS.snapshotToCopyBinary };
  const figures = [...ratioFigures(contenders, bounds), cpuFigure(ours, 'rows', null), ...startFigures(contenders)];
  return { contenders: labelled(contenders, LABELS[shapeName]), figures: labelled(figures, LABELS[shapeName]), rows: truth.rows };
}

async function copyOnce(source: Source, table: string, place: Place): Promise<Round> {
  const text = await timedRun([copyReader(source.url, 'text', [table])], source.pid);
  const binary = await timedRun([copyReader(source.url, 'binary', [table])], source.pid);
  await makeSlot(place);
  const ours = await timedRun([place.command('snapshot'), place.command('replicate')], source.pid, () => copyDone(place.lake));
  return { place, ours, text, binary };
}

/** Whether the copies of this many tables are whole in the lake. */
function copyDone(lake: string, tables = 1): boolean {
  const snapshots = path.join(lake, 'snapshot');
  if (!existsSync(snapshots)) return false;
  return readdirSync(snapshots, { recursive: true }).filter((name) => String(name).endsWith('done.json')).length >= tables;
}
