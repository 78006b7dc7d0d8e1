import { parseArgs } from 'node:util';
import { readFileSync } from 'node:fs';
import { POSTGRES_VERSIONS, type PostgresVersion } from '../support/postgres-version.ts';
import { drawWorld } from './draw-world.ts';
import { type Outcome, play } from './player.ts';
import { startWorldServer } from './server.ts';
import { shrink } from './shrink.ts';
import { parseWorld, printStep, printWorld, type World } from './world.ts';

const USAGE = `npm run test:world -- [--seeds N] [--from S] [--pg 14,15,…] [--parallel N] [--shrink MINUTES]
npm run test:world -- --seed S [--pg V] [--print] [--keep FOLDER]
npm run test:world -- --file CASE [--pg V]`;

interface Totals {
  seeds: number;
  transactions: number;
  comparisons: number;
  refused: number;
  failed: string[];
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    file: { type: 'string' },
    pg: { type: 'string', default: '18' },
    parallel: { type: 'string', default: '1' },
    shrink: { type: 'string', default: '5' },
    keep: { type: 'string' },
    print: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  if (values.help) return say(USAGE);
  const versions = values.pg.split(',').map((text) => {
    const version = POSTGRES_VERSIONS.find((known) => String(known) === text);
    if (version === undefined) throw new Error(`--pg "${text}"; allowed are ${POSTGRES_VERSIONS.join(', ')}`);
    return version;
  });
  if (values.print) return say(printWorld(drawWorld({ seed: Number(values.seed), version: versions[0] ?? 18 })));
  const all = empty();
  for (const version of versions) add(all, await playVersion(version));
  if (versions.length > 1) say(`in all: ${describe(all)}`);
  return all.failed.length === 0 ? 0 : 1;
}

async function playVersion(version: PostgresVersion): Promise<Totals> {
  const totals = empty();
  const worlds = chosenWorlds(version);
  // A server each: where one world has a transaction open, no other world's copy could begin.
  const player = async (): Promise<void> => {
    await using server = await startWorldServer(version);
    for (let next = worlds.shift(); next !== undefined; next = worlds.shift()) await playOne(next, { server, version, totals });
  };
  await Promise.all(Array.from({ length: Number(values.parallel) }, player));
  say(`Postgres ${version}: ${describe(totals)}`);
  return totals;
}

interface Named {
  readonly name: string;
  readonly world: World;
}

function chosenWorlds(version: PostgresVersion): Named[] {
  if (values.file !== undefined) return [{ name: values.file, world: parseWorld(readFileSync(values.file, 'utf8')) }];
  const first = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  return Array.from({ length: count }, (_, index) => ({
    name: `seed ${first + index}`,
    world: drawWorld({ seed: first + index, version }),
  }));
}

async function playOne({ name, world }: Named, at: { server: { url: string }; version: number; totals: Totals }): Promise<void> {
  const { server, version, totals } = at;
  const started = Date.now();
  const outcome = await play(world, server, values.keep);
  totals.seeds += 1;
  totals.transactions += outcome.transactions;
  totals.comparisons += outcome.comparisons;
  totals.refused += outcome.refused;
  say(`${name} on ${version}: ${tell(outcome)}, ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (outcome.failure === null) return;
  totals.failed.push(`${name} on ${version}`);
  const failing = world.steps[outcome.failure.step];
  say(
    `${name} on ${version} FAILED at step ${outcome.failure.step}, ${failing === undefined ? '' : printStep(failing)}\n${outcome.failure.text}`,
  );
  if (Number(values.shrink) === 0) return;
  const smaller = await shrink(world, outcome.failure, {
    play: (candidate) => play(candidate, server),
    until: Date.now() + Number(values.shrink) * 60_000,
  });
  say(`${name} on ${version}, made smaller: ${smaller.failure.text}\n${printWorld(smaller.world)}`);
}

function tell({ transactions, comparisons, refused, failure }: Outcome): string {
  return `${transactions} transactions, ${comparisons} comparisons, ${refused} statements refused${failure === null ? '' : ', FAILED'}`;
}

function empty(): Totals {
  return { seeds: 0, transactions: 0, comparisons: 0, refused: 0, failed: [] };
}

function add(to: Totals, more: Totals): void {
  to.seeds += more.seeds;
  to.transactions += more.transactions;
  to.comparisons += more.comparisons;
  to.refused += more.refused;
  to.failed.push(...more.failed);
}

function describe({ seeds, transactions, comparisons, failed }: Totals): string {
  const bad = failed.length === 0 ? '' : `; ${failed.length} FAILED: ${failed.join(', ')}`;
  return `${seeds} seeds, ${transactions} transactions, ${comparisons} comparisons${bad}`;
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}
