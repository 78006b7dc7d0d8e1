/**
 * `npm run test:verify [-- ROWS]`: differences planted into tables of ROWS rows (10 million), and
 * whether verify finds them; with times and memory. Exit 0 when each was found and nothing else.
 * TEST_PG_VERSION chooses the source's major.
 */
import { bytes, count } from '../../core/figures.ts';
import { startPostgres } from '../../cli/demo/postgres-server.ts';
import { chosenBinaries, chosenVersion } from '../support/postgres-version.ts';
import { misses, plantAndVerify } from './scenario.ts';
import type { Verified } from './scenario.ts';

const rows = Number(process.argv[2] ?? 10_000_000);
const streamed = Math.floor(rows / 10);
const size = { copied: rows - streamed, streamed };
const began = performance.now();
const say = (line: string): void =>
  void process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);

function told(what: string, { seconds, costs, report }: Verified): void {
  const took = Object.entries(costs).map(([name, { peakBytes, cpuSeconds }]) => `${name} ${bytes(peakBytes)}, ${cpuSeconds.toFixed(1)} s`);
  const read = report.tables.reduce((sum, { sourceRows }) => sum + (sourceRows ?? 0), 0);
  say(
    `${what}: match ${report.match}, ${count(read)} rows compared in ${seconds.toFixed(1)} s (${count(read / seconds)}/s); peak memory and CPU: ${took.join('; ')}`,
  );
  for (const { table, sourceRows, warehouseRows, error } of report.tables)
    say(`  ${table}: ${sourceRows} / ${warehouseRows}${error === null ? '' : `, ${error}`}`);
}

await using server = await startPostgres({ binaries: await chosenBinaries(), settings: { max_wal_size: '8GB' } });
say(`Postgres ${chosenVersion()}; two tables of ${count(rows)} rows, ${count(size.copied)} of them copied and ${count(streamed)} streamed`);
const rate = Math.max(1000, Math.round(rows / 100));
const { before, planted, after, everything } = await plantAndVerify(server.url, size, {
  say,
  everything: true,
  async also(verifyWith) {
    told(`limited to ${rate} rows/s`, await verifyWith(['--table', 'public.keyed', '--max-rate', String(rate)]));
    told('a sample of 1 %', await verifyWith(['--sample', '1%']));
    told('a range of a tenth', await verifyWith(['--table', 'public.keyed', '--from', '1', '--to', String(streamed)]));
  },
});
told('before anything was planted', before);
for (const { what, part, table, id } of planted) say(`planted: ${what}, ${part} part of ${table}, id ${id}`);
told('after that', after);
for (const { table, differences } of after.report.tables)
  for (const { key, side, columns, values } of differences)
    say(`found in ${table}: ${key} ${side} ${columns.join(', ')} ${JSON.stringify(values)}`);
const missed = misses(planted, after.report);
for (const line of missed) say(line);
if (everything !== null) told('every row of one table changed', everything);
const right = before.code === 0 && after.code === 1 && missed.length === 0 && everything?.code === 1;
say(right ? `all ${planted.length} planted differences were found, and nothing else` : 'NOT as it should be');
process.exitCode = right ? 0 : 1;
