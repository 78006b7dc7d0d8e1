import { parseArgs } from 'node:util';
import { startWorldServer } from '../world/server.ts';
import { playMarts } from './play-marts.ts';
import type { MartsOutcome } from './play-marts.ts';

const USAGE = 'npm run test:marts -- [--seeds N] [--from S] [--rounds N] [--parallel N]';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '6' },
    parallel: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

process.exitCode = values.help ? say(USAGE) : await main();

async function main(): Promise<number> {
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => Number(values.from) + index);
  const all: MartsOutcome[] = [];
  const player = async (): Promise<void> => {
    await using server = await startWorldServer(18);
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const started = Date.now();
      const outcome = await playMarts({ seed, rounds: Number(values.rounds) }, server).catch(failed);
      all.push(outcome);
      say(`seed ${seed}: ${tell([outcome])}, ${((Date.now() - started) / 1000).toFixed(1)} s, ${outcome.disturbances.join(', ')}`);
      for (const text of outcome.wrong) say(`seed ${seed} WRONG: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.parallel) }, player));
  say(`${all.length} seeds: ${tell(all)}`);
  return all.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
}

function failed(error: unknown): MartsOutcome {
  return {
    runs: 0,
    incremental: 0,
    whole: 0,
    compared: 0,
    wrong: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    disturbances: [],
    killed: [],
  };
}

function tell(outcomes: readonly MartsOutcome[]): string {
  const sum = (of: (outcome: MartsOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return `${sum((one) => one.runs)} runs, ${sum((one) => one.incremental)} incremental and ${sum((one) => one.whole)} whole builds, ${sum((one) => one.compared)} comparisons, ${sum((one) => one.wrong.length)} wrong`;
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}
