import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { POSTGRES_VERSIONS, type PostgresVersion } from '../support/postgres-version.ts';
import { startS3Server } from '../support/servers/versitygw.ts';
import { printStep, printWorld, parseWorld, type World } from '../world/world.ts';
import { shrink } from '../world/shrink.ts';
import { FAILPOINTS } from './armed-role.ts';
import { drawOrdeal } from './draw-ordeal.ts';
import { FAULTS, faultsNamed, requireOrdealDeed } from './faults.ts';
import { findMissing, withoutMissing } from './needs.ts';
import { playOrdeal } from './ordeal.ts';
import { startOrdealServer } from './ordeal-server.ts';
import { Tally } from './tally.ts';

const USAGE = `npm run test:chaos -- [--runs N] [--from SEED] [--faults LIST] [--pg V] [--parallel N] [--patience SECONDS] [--json]
npm run test:chaos -- --seed S [--faults LIST] [--pg V] [--print] [--trace] [--shrink MINUTES] [--keep FOLDER]
npm run test:chaos -- --file CASE [--pg V]
faults: ${FAULTS.map(({ name }) => name).join(', ')}`;

interface Named {
  readonly name: string;
  readonly world: World;
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    file: { type: 'string' },
    faults: { type: 'string' },
    pg: { type: 'string', default: '18' },
    parallel: { type: 'string', default: '1' },
    // All must be live and fresh this long after the last fault.
    patience: { type: 'string', default: '60' },
    shrink: { type: 'string', default: '0' },
    keep: { type: 'string' },
    trace: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

// Servers, disks and roles of a run that is broken off go with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main();

async function main(): Promise<number> {
  if (values.help) return say(USAGE);
  const version = versionOf(values.pg);
  await using s3 = await startS3Server();
  Object.assign(process.env, s3?.environment);
  const missing = await findMissing(s3);
  const waiting = chosenOrdeals(version).map(({ name, world }) => ({ name, world: withoutMissing(world, missing) }));
  if (values.print) return say(waiting.map(({ world }) => printWorld(world)).join('\n'));
  for (const [need, why] of missing) say(`faults that need ${need} are left out: ${why}`);
  const started = performance.now();
  const tally = new Tally();
  const failed: string[] = [];
  const runs = waiting.length;
  const player = async (): Promise<void> => {
    await using postgres = await startOrdealServer(version);
    const servers = { postgres, s3 };
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      if (
        !(await playOne(next, (world) => {
          const keep = values.keep === undefined ? undefined : path.join(values.keep, path.basename(next.name));
          return playOrdeal(world, {
            servers,
            tally,
            patienceMs: Number(values.patience) * 1000,
            keep,
            trace: values.trace ? say : undefined,
          });
        }))
      )
        failed.push(next.name);
  };
  await Promise.all(Array.from({ length: Math.min(Number(values.parallel), runs) }, player));
  const seconds = Math.round((performance.now() - started) / 1000);
  const counts = tally.counts({ faults: FAULTS.map(({ name }) => name), failpoints: FAILPOINTS });
  if (values.json) process.stdout.write(`${JSON.stringify({ runs, failed: failed.length, seconds, ...counts })}\n`);
  else
    say(`${runs} runs in ${seconds} s, ${failed.length === 0 ? 'none failed' : `FAILED: ${failed.join(', ')}`}\n${JSON.stringify(counts)}`);
  return failed.length === 0 ? 0 : 1;
}

function versionOf(text: string): PostgresVersion {
  const version = POSTGRES_VERSIONS.find((known) => String(known) === text);
  if (version === undefined) throw new Error(`--pg "${text}"; allowed are ${POSTGRES_VERSIONS.join(', ')}`);
  return version;
}

function chosenOrdeals(version: PostgresVersion): Named[] {
  if (values.file !== undefined) return [{ name: values.file, world: parseWorld(readFileSync(values.file, 'utf8'), requireOrdealDeed) }];
  const first = Number(values.seed ?? values.from);
  const faults = values.faults === undefined ? FAULTS : faultsNamed(values.faults.split(','));
  return Array.from({ length: values.seed === undefined ? Number(values.runs) : 1 }, (_, index) => ({
    name: `seed ${first + index}`,
    world: drawOrdeal({ seed: first + index, version, faults }),
  }));
}

/** Whether it went well. */
async function playOne({ name, world }: Named, play: (world: World) => ReturnType<typeof playOrdeal>): Promise<boolean> {
  const started = performance.now();
  const { transactions, comparisons, refused, failure } = await play(world);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`${name}: ${transactions} transactions, ${comparisons} comparisons, ${refused} statements refused, ${seconds} s`);
  if (failure === null) return true;
  const step = world.steps[failure.step];
  say(`${name} FAILED at step ${failure.step}, ${step === undefined ? '' : printStep(step)}\n${failure.text}`);
  if (Number(values.shrink) === 0) return false;
  const until = Date.now() + Number(values.shrink) * 60_000;
  const smaller = await shrink(world, failure, { play, until });
  say(`${name}, made smaller: ${smaller.failure.text}\n${printWorld(smaller.world)}`);
  return false;
}

/** With `--json` the standard output has that alone. */
function say(text: string): 0 {
  (values.json ? process.stderr : process.stdout).write(`${text}\n`);
  return 0;
}
