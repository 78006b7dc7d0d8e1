import { Random } from '../world/random.ts';
import { disturbanceText, drawDisturbance, drawTransaction } from './draw-changes.ts';
import type { BuilderStep, CompactorStep, Disturbance } from './draw-changes.ts';
import type { MartWorld } from './mart-world.ts';

/** What came of one seed. */
export interface MartsOutcome {
  runs: number;
  /** Incremental builds that were compared with the whole one, and whole builds of such models. */
  incremental: number;
  whole: number;
  compared: number;
  /** Models that differed, or why a run failed. */
  readonly wrong: string[];
  readonly disturbances: string[];
  /** Failpoints at which a process was killed. */
  readonly killed: (BuilderStep | CompactorStep)[];
}

/** What is played. */
interface MartsPlay {
  readonly seed: number;
  readonly rounds: number;
  /** One per round; by default they are drawn. */
  readonly disturbances?: readonly Disturbance[];
}

export function emptyOutcome(): MartsOutcome {
  return { runs: 0, incremental: 0, whole: 0, compared: 0, wrong: [], disturbances: [], killed: [] };
}

/**
 * Plays random changes on a real Postgres with the product over it, runs the models after each
 * round, and compares every incremental mart with its whole build.
 */
export async function playMarts({ seed, rounds, disturbances }: MartsPlay, world: MartWorld): Promise<MartsOutcome> {
  const outcome = emptyOutcome();
  const random = new Random(seed);
  await world.begin();
  await run(world, outcome);
  for (let round = 0; round < rounds && outcome.wrong.length === 0; round += 1)
    await playRound(world, outcome, { random, disturbance: disturbances?.[round] ?? drawDisturbance(random) });
  return outcome;
}

async function playRound(
  world: MartWorld,
  outcome: MartsOutcome,
  { random, disturbance }: { random: Random; disturbance: Disturbance },
): Promise<void> {
  outcome.disturbances.push(disturbanceText(disturbance));
  for (let transaction = random.between(1, 3); transaction > 0; transaction -= 1) await world.commit(drawTransaction(random));
  const died = await world.disturb(disturbance, random);
  if (died && disturbance.kind === 'kill at') outcome.killed.push(disturbance.step);
  await world.caughtUp();
  await run(world, outcome);
  await compare(world, outcome);
}

async function run(world: MartWorld, outcome: MartsOutcome): Promise<void> {
  const report = await world.once({ compare: false });
  outcome.runs += 1;
  for (const { model, status, mode, error } of report.models) {
    if (status === 'failed' || status === 'skipped') outcome.wrong.push(`${model}: ${status} ${error?.message}`);
    if (status === 'published' && mode === 'incremental') outcome.incremental += 1;
    if (status === 'published' && mode === 'full' && model !== 'marts.countries') outcome.whole += 1;
  }
}

async function compare(world: MartWorld, outcome: MartsOutcome): Promise<void> {
  for (const { model, compared, error } of (await world.once({ compare: true })).models) {
    if (compared !== null) outcome.compared += 1;
    if (compared === 'different' || error !== null) outcome.wrong.push(`${model}: ${error?.message}`);
  }
}
