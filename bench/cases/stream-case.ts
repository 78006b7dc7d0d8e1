import { BOUNDS } from '../bounds.ts';
import { isDurable, lakeFiles } from '../lake-files.ts';
import { benchOwnStream } from './own-source-case.ts';
import { BENCH_TABLE, benchRows, lakeContent, readContent, requireSame } from '../proof.ts';
import type { Contender, Figure, Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { currentLsn, openSource } from '../source.ts';
import { cpuFigure, ratioFigures } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { BARE, BareReaders, RECVLOGICAL } from '../waiting-wal.ts';
import { makeSlot, Workplace } from '../workplace.ts';

const TRANSACTIONS = 10;

/**
 * WAL of N inserts waiting in a slot → durable Arrow files, against `pg_recvlogical` and a bare
 * paced reader on the same WAL.
 */
export function benchStream(settings: Settings): Promise<Outcome> {
  if (settings.source !== null) return benchOwnStream(settings);
  // What a process costs to start is a fifth of what it costs to read a million rows.
  const rows = settings.rows ?? (settings.quick ? 1_000_000 : 3_000_000);
  return streamInserts({ rows, transactions: TRANSACTIONS, runs: settings.runs }, (ours, others) => [
    ...ratioFigures([ours, ...others], { [RECVLOGICAL]: BOUNDS.streamToRecvlogical, [BARE]: BOUNDS.streamToBare }),
    cpuFigure(ours, 'rows', BOUNDS.streamCpu),
  ]);
}

/** One transaction of N rows: what memory the replicator needs for it. */
export function benchLarge(settings: Settings): Promise<Outcome> {
  const rows = settings.rows ?? 3_000_000;
  return streamInserts({ rows, transactions: 1, runs: settings.quick ? 1 : settings.runs }, (ours, others) => [
    {
      name: `peak memory of replicate, one transaction of ${rows.toLocaleString('en-US')} rows`,
      value: Math.max(
        ...ours.runs.flatMap(({ processes }) => processes.filter(({ process }) => process === 'replicate').map(({ peakMiB }) => peakMiB)),
      ),
      unit: 'MiB',
      bound: BOUNDS.largeMiB,
    },
    ...ratioFigures([ours, ...others], {}),
    cpuFigure(ours, 'rows', null),
  ]);
}

async function streamInserts(
  size: { rows: number; transactions: number; runs: number },
  figures: (ours: Contender, others: readonly Contender[]) => Figure[],
): Promise<Outcome> {
  await using source = await openSource(null);
  using work = new Workplace();
  const { client } = source;
  await client.query(BENCH_TABLE);
  const places = Array.from({ length: size.runs }, (_, round) => work.place(`${round}`, source.url, { tables: 'public.bench' }));
  for (const place of places) await makeSlot(place);
  const each = Math.ceil(size.rows / size.transactions);
  for (let from = 1; from <= size.rows; from += each) await client.query(benchRows(from, Math.min(size.rows, from + each - 1)));
  const end = await currentLsn(client);
  const truth = await readContent(client, 'bench');
  const readers = new BareReaders(source);
  const runs: Run[] = [];
  for (const place of places) {
    await readers.read(place.lake, end);
    runs.push(await timedRun([place.command('replicate')], source.pid, () => isDurable(place.lake, end)));
    requireSame('the lake', lakeContent(place.lake, lakeFiles(place.lake, 'stream')), truth);
  }
  const ours = { name: 'tailrace replicate', runs, amount: size.rows };
  const others = readers.contenders(size.rows);
  return {
    settings: size,
    postgres: source.version,
    unit: 'rows',
    contenders: [ours, ...others],
    figures: figures(ours, others),
    proof: `count and hash of all ${truth.rows} rows in the lake's files equal the source's, in each of ${size.runs} runs`,
    plots: [],
    notes: readers.notes(),
  };
}
