import { BOUNDS } from '../bounds.ts';
import { isDurable, lakeFiles } from '../lake-files.ts';
import { benchOwnStream } from './own-source-case.ts';
import { lakeContent, readContent, requireSame } from '../proof.ts';
import type { Contender, Figure, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { addRows, makeTable } from '../shapes/shape.ts';
import { LABELS, SHAPES, type ShapeName } from '../shapes/shapes.ts';
import { currentLsn, openSource, type Source } from '../source.ts';
import { changeOne, makeOne, ONE } from '../start-up.ts';
import { cpuFigure, labelled, ratioFigures, startFigures } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { BARE, BareReaders, RECVLOGICAL } from '../waiting-wal.ts';
import { makeSlot, type Place, Workplace } from '../workplace.ts';

const TRANSACTIONS = 10;
/** Rows of the wide table for each of the narrow one. */
const WIDE_SHARE = 0.2;

/** What one table gave. */
type Part = Pick<Outcome, 'contenders' | 'notes' | 'postgres' | 'proof'> & { readonly ours: Contender };

/**
 * WAL of N inserts waiting in a slot → durable Arrow files, against `pg_recvlogical` and a bare
 * paced reader on the same WAL. For a table of five columns and for one of twenty.
 */
export async function benchStream(settings: Settings): Promise<Outcome> {
  if (settings.source !== null) return benchOwnStream(settings);
  const rows = settings.rows ?? (settings.quick ? 1_000_000 : 3_000_000);
  const sizes = { narrow: rows, wide: Math.ceil(rows * WIDE_SHARE) };
  const bounds = { [RECVLOGICAL]: BOUNDS.streamToRecvlogical, [BARE]: BOUNDS.streamToBare };
  const parts: Part[] = [];
  const figures: Figure[] = [];
  for (const shape of ['narrow', 'wide'] as const) {
    const part = await streamInserts(shape, { rows: sizes[shape], transactions: TRANSACTIONS, runs: settings.runs });
    const found = [...ratioFigures(part.contenders, bounds), cpuFigure(part.ours, 'rows', shape === 'narrow' ? BOUNDS.streamCpu : null)];
    figures.push(...labelled([...found, ...startFigures(part.contenders)], LABELS[shape]));
    parts.push({ ...part, contenders: labelled(part.contenders, LABELS[shape]) });
  }
  return {
    settings: { rows, 'rows of 20 columns': sizes.wide, transactions: TRANSACTIONS, runs: settings.runs },
    postgres: parts[0]?.postgres ?? '',
    unit: 'rows',
    contenders: parts.flatMap(({ contenders }) => contenders),
    figures,
    proof: parts.map(({ proof }) => proof).join('; '),
    plots: [],
    notes: parts[0]?.notes ?? [],
  };
}

/** One transaction of N rows: what memory the replicator needs for it. */
export async function benchLarge(settings: Settings): Promise<Outcome> {
  const rows = settings.rows ?? (settings.quick ? 1_000_000 : 3_000_000);
  const size = { rows, transactions: 1, runs: settings.quick ? 1 : settings.runs };
  const { ours, ...part } = await streamInserts('narrow', size);
  return {
    settings: size,
    unit: 'rows',
    ...part,
    figures: [
      {
        name: `peak memory of replicate, one transaction of ${rows.toLocaleString('en-US')} rows`,
        value: Math.max(
          ...ours.runs.flatMap(({ processes }) => processes.filter(({ process }) => process === 'replicate').map(({ peakMiB }) => peakMiB)),
        ),
        unit: 'MiB',
        bound: BOUNDS.largeMiB,
      },
      ...ratioFigures(part.contenders, {}),
      cpuFigure(ours, 'rows', null),
      ...startFigures(part.contenders),
    ],
    plots: [],
  };
}

async function streamInserts(shapeName: ShapeName, size: { rows: number; transactions: number; runs: number }): Promise<Part> {
  const shape = SHAPES[shapeName];
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await makeTable(client, 'bench', shape);
  await makeOne(source);
  const places = Array.from({ length: size.runs }, (_, round) => work.place(`${round}`, source.url, { tables: 'public.bench' }));
  for (const place of places) await makeSlot(place);
  const each = Math.ceil(size.rows / size.transactions);
  for (let from = 1; from <= size.rows; from += each)
    await addRows(client, 'bench', shape, { from, to: Math.min(size.rows, from + each - 1) });
  const end = await currentLsn(client);
  const startPlace = work.place('start', source.url, { tables: `public.${ONE}` });
  await makeSlot(startPlace);
  const truth = await readContent(client, 'bench', shape);
  const [readers, starts] = [new BareReaders(source), new BareReaders(source)];
  const [runs, startUp]: [Run[], Run[]] = [[], []];
  for (const place of places) {
    const startEnd = await changeOne(source);
    await starts.read(startPlace.lake, startEnd);
    startUp.push(await streamUntil(source, startPlace, startEnd));
    await readers.read(place.lake, end);
    runs.push(await streamUntil(source, place, end));
    requireSame('the lake', lakeContent(place.lake, lakeFiles(place.lake, 'stream'), shape), truth);
  }
  const ours = { name: 'tailrace replicate', runs, startUp, amount: size.rows };
  return {
    postgres: source.version,
    ours,
    contenders: [ours, ...readers.contenders(ours, starts)],
    proof: `count and hash of all ${truth.rows} rows of ${LABELS[shapeName]} in the lake's files equal the source's, in each of ${size.runs} runs`,
    notes: readers.notes(),
  };
}

function streamUntil(source: Source, place: Place, end: string): Promise<Run> {
  return timedRun([place.command('replicate')], source.pid, () => isDurable(place.lake, end));
}
