import { setTimeout as sleep } from 'node:timers/promises';
import { isApplied } from '../applied.ts';
import { BINARY, copyReader, TEXT } from '../copy-contender.ts';
import { changesIn } from '../lake-files.ts';
import { LivePipeline } from '../live-pipeline.ts';
import { Program } from '../program.ts';
import type { Outcome } from '../result.ts';
import type { Settings } from '../settings.ts';
import { currentLsn, openSource, type Source } from '../source.ts';
import { cpuFigure, ratioFigures } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { BareReaders } from '../waiting-wal.ts';
import { type Place, Workplace } from '../workplace.ts';

/** What `verify` said of the tables that it could compare. */
interface Verified {
  readonly tables: readonly { readonly table: string; readonly sourceRows: number }[];
  readonly rows: number;
  readonly proof: string;
}

/** Tables of the user's own → live in a warehouse, against COPY of the same tables. */
export function benchOwnSnapshot(settings: Settings): Promise<Outcome> {
  return onOwn(settings, async (source, place) => {
    const run = await timedRun([place.command('run')], null, isLive);
    const { tables, rows, proof } = await verified(place, source);
    const names = tables.map(({ table }) => table);
    const ours = { name: 'tailrace run, until live', runs: [run], amount: rows };
    const limit = { amount: rows, limitOf: ours.name };
    const contenders = [
      ours,
      { name: TEXT, runs: [await timedRun([copyReader(source.url, 'text', names)], null)], ...limit },
      { name: BINARY, runs: [await timedRun([copyReader(source.url, 'binary', names)], null)], ...limit },
    ];
    return {
      settings: { tables: tables.length, rows },
      postgres: source.version,
      unit: 'rows',
      contenders,
      figures: [...ratioFigures(contenders, {}), cpuFigure(ours, 'rows', null)],
      proof,
      plots: [],
      notes: [],
    };
  });
}

/**
 * What the user's application changes in a while, waiting in a slot → merged in a warehouse,
 * against readers of the same WAL that keep nothing.
 */
export function benchOwnStream(settings: Settings): Promise<Outcome> {
  const seconds = settings.seconds ?? 60;
  return onOwn(settings, async (source, place) => {
    await timedRun([place.command('run')], null, isLive);
    const { tables } = await verified(place, source);
    const before = changesIn(place.lake);
    await sleep(seconds * 1000);
    const end = await currentLsn(source.client);
    const readers = new BareReaders(source);
    await readers.read(place.lake, end);
    const roles = ['replicate', 'compact'].map((role) => place.command(role));
    const run = await timedRun(roles, null, () => isApplied(place.lake, tables.length, end));
    const amount = changesIn(place.lake) - before;
    const ours = { name: 'tailrace replicate, compact', runs: [run], amount };
    const others = readers.contenders(ours);
    const { proof } = await verified(place, source);
    return {
      settings: { seconds, changes: amount },
      postgres: source.version,
      unit: 'changes',
      contenders: [ours, ...others],
      figures: [
        { name: 'changes of the application', value: amount / seconds, unit: '/s', bound: null },
        ...ratioFigures([ours, ...others], {}),
        cpuFigure(ours, 'changes', null),
      ],
      proof,
      plots: [],
      notes: readers.notes(),
    };
  });
}

/** Nothing of ours stays in the user's database. */
async function onOwn(settings: Settings, measure: (source: Source, place: Place) => Promise<Outcome>): Promise<Outcome> {
  await using source = await openSource(settings.source);
  using work = new Workplace();
  const place = work.place('own', source.url, { tables: settings.tables ?? '*.*' });
  try {
    return await measure(source, place);
  } finally {
    await using teardown = new Program(place.command('teardown'));
    await teardown.end([0, 1, 2]);
  }
}

function isLive([run]: readonly Program[]): boolean {
  return (run?.events('live').length ?? 0) > 0;
}

/** Throws WRONG_RESULT unless every table that can be compared is equal. */
async function verified(place: Place, source: Source): Promise<Verified> {
  await using _pipeline = await LivePipeline.start(place, source);
  await using program = new Program(place.command('verify', '--json'));
  await program.end([0, 1]);
  const { tables } = JSON.parse(program.stdout) as {
    tables: { table: string; match: boolean | null; sourceRows: number | null; error: unknown }[];
  };
  const different = tables.filter(({ match }) => match === false).map(({ table }) => table);
  if (different.length > 0) throw new Error(`WRONG_RESULT: verify found differences in ${different.join(', ')}. No figure is given.`);
  const compared = tables.flatMap(({ table, match, sourceRows }) => (match === true ? [{ table, sourceRows: sourceRows ?? 0 }] : []));
  const rows = compared.reduce((sum, { sourceRows }) => sum + sourceRows, 0);
  const rest = tables.length > compared.length ? '; the others cannot be compared' : '';
  const proof = `verify found ${compared.length} of ${tables.length} tables equal, ${rows} rows${rest}`;
  return { tables: compared, rows, proof };
}
