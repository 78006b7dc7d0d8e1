import { setTimeout as sleep } from 'node:timers/promises';
import { NULLABLE_TUPLES } from '../../warehouse/place.ts';
import { allApplied } from '../applied.ts';
import { BOUNDS } from '../bounds.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { askedSeconds, openLive } from '../live-warehouse.ts';
import { LoadProcess } from '../load/load-process.ts';
import { readContent } from '../proof.ts';
import { type Question, questions } from '../questions.ts';
import { requireWarehouse } from '../query-warehouse.ts';
import type { Contender, Figure, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { makeTable } from '../shapes/shape.ts';
import { LABELS, SHAPES, type ShapeName } from '../shapes/shapes.ts';
import { openSource, type Source } from '../source.ts';
import { labelled, median, netSeconds, startSeconds } from '../summary.ts';
import { type Place, Workplace } from '../workplace.ts';

const RATE = 5000;
const VIEW = 'public.bench';
const PLAIN = 'default.plain';
/** Rows of the wide table for each of the narrow one, where `--rows` says how many those are. */
const WIDE_SHARE = 0.2;

/** A table, and how long random changes hit it. */
interface Spell {
  readonly shape: ShapeName;
  readonly rows: number;
  readonly seconds: number;
}

/**
 * Questions to a current-state view right when a spell of random changes ends, while the pipeline
 * is at work, against the same questions to a plain table in the same engine. The plain table has
 * the rows from before the spell and is merged.
 */
export async function benchRead(settings: Settings): Promise<Outcome> {
  const rounds = Math.max(3, settings.runs);
  const parts = [];
  for (const spell of spells(settings)) parts.push(await readAfter(spell, rounds));
  return {
    settings: Object.assign({ rate: RATE, rounds }, ...parts.map(({ facts }) => facts)) as Outcome['settings'],
    postgres: parts[0]?.postgres ?? '',
    unit: 'questions',
    contenders: parts.flatMap(({ contenders }) => contenders),
    figures: parts.flatMap(({ figures }) => figures),
    proof: `count and hash of all ${parts.map(({ rows }) => rows).join(', ')} rows of the views equal the source's`,
    plots: [],
    notes: [
      'All questions go through the endpoint; what it takes to answer "SELECT 1" is the start of each statement.',
      ...(settings.quick ? ['With --quick the spells are shorter than five minutes, and no table has 30,000,000 rows.'] : []),
      ...parts.flatMap(({ notes }) => notes),
    ],
  };
}

function spells({ rows, seconds, quick }: Settings): Spell[] {
  const lasting = seconds ?? (quick ? 45 : 300);
  if (rows !== null || quick) {
    const narrow = rows ?? 3_000_000;
    return [
      { shape: 'narrow', rows: narrow, seconds: lasting },
      { shape: 'wide', rows: Math.ceil(narrow * WIDE_SHARE), seconds: Math.ceil(lasting / 2) },
    ];
  }
  return [
    { shape: 'narrow', rows: 3_000_000, seconds: lasting },
    { shape: 'narrow', rows: 30_000_000, seconds: lasting },
    { shape: 'wide', rows: 1_000_000, seconds: lasting },
  ];
}

interface Part {
  readonly contenders: readonly Contender[];
  readonly figures: readonly Figure[];
  readonly facts: Readonly<Record<string, string | number>>;
  readonly rows: string;
  readonly postgres: string;
  readonly notes: readonly string[];
}

async function readAfter({ shape: shapeName, rows, seconds }: Spell, rounds: number): Promise<Part> {
  const shape = SHAPES[shapeName];
  const label = `${rows.toLocaleString('en-US')} rows of ${LABELS[shapeName]}`;
  await using source = await openSource(null);
  using work = new Workplace();
  await makeTable(source.client, 'bench', shape, rows);
  const place = work.place('read', source.url, { tables: VIEW });
  await using pipeline = await LivePipeline.start(place, source);
  await makePlain(place, shape.key);
  const asked = questions(shape, rows);
  // Each statement was planned once, and nothing of the plain table is on the disk only.
  await askAll(pipeline.endpoint, asked, 1);
  const rate = await randomChanges(source, { shape: shapeName, rows, seconds });
  const ended = performance.now();
  const contenders = await askAll(pipeline.endpoint, asked, rounds);
  const askedFor = (performance.now() - ended) / 1000;
  await allApplied(source, place.lake, 1);
  const truth = await readContent(source.client, 'bench', shape);
  await requireWarehouse(place, 'bench', truth, shape);
  const figures = asked.map(({ name }) => timesThePlain(contenders, name));
  return {
    contenders: labelled(contenders, label),
    figures: labelled([...figures, startFigure(contenders)], label),
    facts: { [`seconds, ${label}`]: seconds },
    rows: truth.rows,
    postgres: source.version,
    notes: [
      `${label}: ${Math.round(rate)} changes/s for ${seconds} s; the questions ended ${askedFor.toFixed(1)} s after the last change.`,
    ],
  };
}

/** The rows of the view in one part of a table of its own. */
async function makePlain(place: Place, key: string): Promise<void> {
  await using warehouse = await openLive(place);
  await warehouse.exec(`CREATE TABLE ${PLAIN} ENGINE = MergeTree ORDER BY ${key} AS SELECT * FROM ${VIEW} SETTINGS ${NULLABLE_TUPLES} = 1`);
  await warehouse.exec(`OPTIMIZE TABLE ${PLAIN} FINAL`);
}

/** Changes rows at the rate for some seconds; returns the rate that was reached. */
async function randomChanges(source: Source, { shape, rows, seconds }: Spell): Promise<number> {
  await using load = await LoadProcess.start('random-load.ts', source.url, String(RATE), 'bench', shape, String(rows));
  await sleep(seconds * 1000);
  const { changes, seconds: passed } = await load.stop();
  return changes / passed;
}

/** Every statement to both, in turns, after one that reads nothing. */
async function askAll(endpoint: string, asked: readonly Question[], rounds: number): Promise<Contender[]> {
  const runs = asked.map((): Record<'start' | 'plain' | 'view', Run[]> => ({ start: [], plain: [], view: [] }));
  for (let round = 0; round < rounds; round += 1)
    for (const [index, { statements }] of asked.entries()) {
      const [plain, view] = [statements(PLAIN), statements(VIEW)];
      const seconds: Record<'start' | 'plain' | 'view', number[]> = { start: [], plain: [], view: [] };
      for (let at = 0; at < view.length; at += 1) {
        seconds.start.push(await askedSeconds(endpoint, 'SELECT 1'));
        seconds.plain.push(await askedSeconds(endpoint, plain[at] ?? ''));
        seconds.view.push(await askedSeconds(endpoint, view[at] ?? ''));
      }
      for (const side of ['start', 'plain', 'view'] as const) runs[index]?.[side].push(middle(seconds[side]));
    }
  return asked.flatMap(({ name }, index) => {
    const { start = [], plain = [], view = [] } = runs[index] ?? {};
    const both = { startUp: start, amount: 1 };
    return [
      { name: `view, ${name}`, runs: view, ...both },
      { name: `plain table, ${name}`, runs: plain, limitOf: `view, ${name}`, ...both },
    ];
  });
}

/** One statement of a round stands for all of it. */
function middle(seconds: readonly number[]): Run {
  return { wall: median(seconds), processes: [] };
}

/** What each statement takes before it reads anything. */
function startFigure(contenders: readonly Contender[]): Figure {
  return {
    name: 'start of a statement ("SELECT 1"), taken off',
    value: median(contenders.map(startSeconds)) * 1000,
    unit: 'ms',
    bound: null,
  };
}

/** How many times the plain table's time the view took, round by round. */
function timesThePlain(contenders: readonly Contender[], question: string): Figure {
  const [view = [], plain = []] = [`view, ${question}`, `plain table, ${question}`].map((wanted) =>
    contenders.filter(({ name }) => name === wanted).flatMap(netSeconds),
  );
  const times = view.map((seconds, round) => seconds / (plain[round] ?? Number.NaN));
  return { name: `${question}, view ÷ plain table`, value: median(times), unit: '× the time', bound: BOUNDS.readToPlain };
}
