import { execFile } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeShop } from '../../cli/demo/shop-history.ts';
import { startPostgres } from '../../cli/demo/postgres-server.ts';
import { shopSize } from '../../cli/demo/shop-schema.ts';
import { startTraffic } from '../../cli/demo/shop-traffic.ts';
import { ROOT } from '../../docs/pages.ts';
import { eventually } from '../../test/support/eventually.ts';
import { type Pipeline, createPipeline } from '../../test/support/pipeline.ts';
import { scratch } from '../../test/support/scratch.ts';
import { type Outcome, ok, skipped } from './outcome.ts';

/**
 * The code that stands for the last release while there is no tag: the oldest commit that npm can
 * install, of November 21, 2026. Its lake has the format of today.
 */
const FIRST = '3aab01a9098ef11afd91fdac3ef59b1c7798a09d';
const SHOP_EVENTS = 20_000;
const CHANGES_PER_SECOND = 200;
/** Changes in each of the three parts: before, between and after. */
const PART_CHANGES = 600;

const run = promisify(execFile);

/**
 * Plays an upgrade: the code of the last tag replicates a shop with live traffic, stops, and this
 * code continues its lake and its warehouse. Both must be equal to the source, before and after.
 */
export async function playUpgrade(from: string | null): Promise<Outcome> {
  const ref = from ?? (await lastTag()) ?? FIRST;
  if (!(await isCommit(ref))) return skipped(`${ref} is not in this clone; fetch the whole history`);
  await using folder = await scratch('tailrace-upgrade');
  const old = path.join(folder.path, 'old');
  await run('git', ['worktree', 'add', '--detach', old, ref], { cwd: ROOT });
  try {
    await installDependencies(old);
    return ok(`from ${ref} to this code: ${await continueLake(path.join(old, 'bin/tailrace.js'))}`);
  } finally {
    await run('git', ['worktree', 'remove', '--force', old], { cwd: ROOT });
  }
}

/** The newest tag below this commit; null where there is none. */
async function lastTag(): Promise<string | null> {
  const found = await run('git', ['describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*', 'HEAD^'], { cwd: ROOT }).catch(() => null);
  return found === null ? null : found.stdout.trim();
}

async function isCommit(ref: string): Promise<boolean> {
  return run('git', ['cat-file', '-e', `${ref}^{commit}`], { cwd: ROOT }).then(
    () => true,
    () => false,
  );
}

/** Links what is installed here if it is what the old code asks for; else npm installs it. */
async function installDependencies(old: string): Promise<void> {
  const isHere = ([name, version]: [string, string]): boolean => {
    const manifest = path.join(ROOT, 'node_modules', name, 'package.json');
    return existsSync(manifest) && manifestOf(manifest).version === version;
  };
  if (Object.entries(manifestOf(path.join(old, 'package.json')).dependencies ?? {}).every(isHere)) {
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(old, 'node_modules'));
  } else await run('npm', ['ci', '--omit=dev'], { cwd: old });
}

function manifestOf(file: string): { version: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The three parts, with customers who keep ordering; resolves with what was compared. */
async function continueLake(bin: string): Promise<string> {
  await using server = await startPostgres();
  const size = shopSize(SHOP_EVENTS);
  await makeShop(server.url, size, () => undefined, { signal: new AbortController().signal });
  await using before = createPipeline({ source: server.url, bin });
  await using after = createPipeline({ source: server.url, lake: before.lake, warehouse: before.warehouse });
  const customers = startTraffic(server.url, size, CHANGES_PER_SECOND);
  const orders = async (): Promise<void> => {
    const enough = customers.changes() + PART_CHANGES;
    await eventually(() => customers.changes() >= enough, `${PART_CHANGES} changes of the shop`);
  };
  try {
    await whileRunning(before, orders);
    await orders();
    return await whileRunning(after, async () => {
      await orders();
      await customers.stop();
      await answer(after, ['await', '--now', '--timeout', '180s']);
      const { lsn, tables } = JSON.parse(await answer(after, ['verify', '--json'])) as { lsn: string; tables: readonly unknown[] };
      return `${tables.length} tables equal at ${lsn}`;
    });
  } finally {
    await customers.stop();
  }
}

/** Does the work while the pipeline runs, and ends it when everything committed is applied. */
async function whileRunning<T>(pipeline: Pipeline, work: () => Promise<T>): Promise<T> {
  await using running = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await running.event('ready');
  const done = await work();
  await answer(pipeline, ['await', '--now', '--timeout', '180s']);
  running.kill('SIGTERM');
  const { code, stderr } = await running.ended();
  if (code !== 0) throw new Error(`run ended with ${code} after SIGTERM: ${stderr.slice(-1000)}`);
  return done;
}

/** The output of a command that ends with 0; throws what it said when it ends with another code. */
async function answer(pipeline: Pipeline, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await pipeline.cli(args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${(stdout + stderr).slice(-1000)}`);
  return stdout;
}
