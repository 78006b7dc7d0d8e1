import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { BOUNDS } from '../bounds.ts';
import { lakeFiles } from '../lake-files.ts';
import { benchOwnSnapshot } from './own-source-case.ts';
import { BINARY, copyReader, TEXT } from '../copy-contender.ts';
import { BENCH_TABLE, benchRows, lakeContent, readContent, requireSame } from '../proof.ts';
import type { Outcome, Run } from '../result.ts';
import type { Settings } from '../settings.ts';
import { openSource } from '../source.ts';
import { cpuFigure, ratioFigures } from '../summary.ts';
import { timedRun } from '../timed-run.ts';
import { makeSlot, Workplace } from '../workplace.ts';

/** A table → durable Arrow files, against COPY of the same table thrown away. */
export async function benchSnapshot(settings: Settings): Promise<Outcome> {
  if (settings.source !== null) return benchOwnSnapshot(settings);
  const rows = settings.rows ?? 2_000_000;
  await using source = await openSource(null);
  using work = new Workplace();
  await source.client.query(BENCH_TABLE);
  await source.client.query(benchRows(1, rows));
  await source.client.query('vacuum (analyze, freeze) bench');
  const truth = await readContent(source.client, 'bench');
  const runs: Record<'ours' | 'text' | 'binary', Run[]> = { ours: [], text: [], binary: [] };
  for (let round = 0; round < settings.runs; round += 1) {
    runs.text.push(await timedRun([copyReader(source.url, 'text', ['bench'])], source.pid));
    runs.binary.push(await timedRun([copyReader(source.url, 'binary', ['bench'])], source.pid));
    const place = work.place(`${round}`, source.url, { tables: 'public.bench' });
    await makeSlot(place);
    runs.ours.push(await timedRun([place.command('snapshot'), place.command('replicate')], source.pid, () => copyDone(place.lake)));
    requireSame('the lake', lakeContent(place.lake, lakeFiles(place.lake, 'snapshot')), truth);
  }
  const contenders = [
    { name: 'tailrace snapshot', runs: runs.ours, amount: rows },
    { name: TEXT, runs: runs.text, amount: rows, limit: true },
    { name: BINARY, runs: runs.binary, amount: rows, limit: true },
  ] as const;
  return {
    settings: { rows, runs: settings.runs },
    postgres: source.version,
    unit: 'rows',
    contenders,
    figures: [...ratioFigures(contenders, { [TEXT]: BOUNDS.snapshotToCopyText }), cpuFigure(contenders[0], 'rows', null)],
    proof: `count and hash of all ${truth.rows} rows in the copy's files equal the source's, in each of ${settings.runs} runs`,
    plots: [],
    notes: [],
  };
}

/** Whether the copies of this many tables are whole in the lake. */
function copyDone(lake: string, tables = 1): boolean {
  const snapshots = path.join(lake, 'snapshot');
  if (!existsSync(snapshots)) return false;
  return readdirSync(snapshots, { recursive: true }).filter((name) => String(name).endsWith('done.json')).length >= tables;
}
