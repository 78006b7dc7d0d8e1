/**
 * `npm run test:marts [-- --seeds 300] [--from 1] [--rounds 4] [--parallel 1] [--share 10]`: random
 * changes, kills and copies; after each round every incremental mart is compared with its whole
 * build. `--share` seeds play one after the other in one pipeline, because its start costs more
 * than a round. Play the whole group again to see a wrong one again: its log line names the first.
 */
import { parseArgs } from 'node:util';
import { startWorldServer } from '../world/server.ts';
import { MartWorld } from './mart-world.ts';
import { emptyOutcome, playMarts } from './play-marts.ts';
import type { MartsOutcome } from './play-marts.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '4' },
    parallel: { type: 'string', default: '1' },
    share: { type: 'string', default: '10' },
  },
});
const rounds = Number(values.rounds);
const share = Number(values.share);
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => Number(values.from) + index);
const all: MartsOutcome[] = [];

await Promise.all(Array.from({ length: Number(values.parallel) }, playGroups));
say(`${all.length} seeds: ${tell(all)}`);
say(`killed at ${killsText()}`);
process.exitCode = all.some(({ wrong }) => wrong.length > 0) ? 1 : 0;

async function playGroups(): Promise<void> {
  await using server = await startWorldServer(18);
  while (seeds.length > 0) await playGroup(seeds.splice(0, share), server);
}

/** A seed that went wrong leaves a world that says nothing about the next one. */
async function playGroup(group: number[], server: { readonly url: string }): Promise<void> {
  const first = group[0];
  while (group.length > 0) {
    await using world = await MartWorld.open(server);
    for (let seed = group.shift(); seed !== undefined; seed = group.shift()) {
      const began = performance.now();
      const outcome = await playMarts({ seed, rounds }, world).catch(failed);
      all.push(outcome);
      const seconds = ((performance.now() - began) / 1_000).toFixed(1);
      say(`seed ${seed}: ${tell([outcome])}, ${seconds} s, ${outcome.disturbances.join(', ')}`);
      for (const text of outcome.wrong) say(`seed ${seed} WRONG (group of ${first}): ${text}`);
      if (outcome.wrong.length === 0) continue;
      say(world.trouble());
      break;
    }
  }
}

function failed(error: unknown): MartsOutcome {
  return { ...emptyOutcome(), wrong: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
}

function tell(outcomes: readonly MartsOutcome[]): string {
  const sum = (of: (outcome: MartsOutcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return `${sum((one) => one.runs)} runs, ${sum((one) => one.incremental)} incremental and ${sum((one) => one.whole)} whole builds, ${sum((one) => one.compared)} comparisons, ${sum((one) => one.wrong.length)} wrong`;
}

function killsText(): string {
  const times = new Map<string, number>();
  for (const step of all.flatMap(({ killed }) => killed)) times.set(step, (times.get(step) ?? 0) + 1);
  return [...times].map(([step, count]) => `${step} ${count}`).join(', ') || 'no failpoint';
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
