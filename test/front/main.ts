/**
 * `npm run test:front [-- --readings 5000] [--rate 500]`: one sum, read in six ways while amounts
 * move between two tables. Exit 0 when no freeze, no mart and no watch ever had another sum, and a
 * plain SELECT had. TEST_PG_VERSION chooses the source's major.
 */
import { parseArgs } from 'node:util';
import { startPostgres } from '../../cli/demo/postgres-server.ts';
import { chosenBinaries, chosenVersion } from '../support/postgres-version.ts';
import { oneFront } from './one-front.ts';

const { values } = parseArgs({ options: { readings: { type: 'string', default: '5000' }, rate: { type: 'string', default: '500' } } });
const began = performance.now();
const say = (line: string): void =>
  void process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);

await using server = await startPostgres({ binaries: await chosenBinaries() });
say(`Postgres ${chosenVersion()}; ${values.readings} readings of each kind, ${values.rate} transactions a second`);
const { transactions, perSecond, freezes, runs, readings } = await oneFront(server.url, {
  readings: Number(values.readings),
  rate: Number(values.rate),
  say,
});
say(`${transactions} transactions, ${perSecond.toFixed(0)} a second; ${freezes} freezes, ${runs} runs`);
const held = (['freeze', 'mart', 'two marts', 'watch'] as const).every((kind) => readings[kind].wrong === 0);
const shown = readings['plain join'].wrong + readings['scalar subqueries'].wrong > 0;
say(held ? 'no freeze, mart or watch had another sum' : 'A FREEZE, A MART OR A WATCH HAD ANOTHER SUM');
say(shown ? 'a plain SELECT had' : 'no plain SELECT had: more readings show it');
process.exitCode = held && shown ? 0 : 1;
