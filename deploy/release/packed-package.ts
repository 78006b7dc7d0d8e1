import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../docs/pages.ts';
import { scratch } from '../../test/support/scratch.ts';
import { type Outcome, ok } from './outcome.ts';

/** A small demo: the whole pipeline, its models and `verify`, in half a minute. */
const DEMO = ['demo', '--rows', '10000', '--seconds', '3', '--rate', '200'];
const LONGEST_MS = 600_000;
const run = promisify(execFile);

/**
 * Packs this checkout and installs the package in an empty folder whose name has a space. Its
 * version, its help and its demo must run there, and nothing may be left after `npm uninstall`.
 */
export async function tryPackage(version: string): Promise<Outcome> {
  await using folder = await scratch('tailrace-packed');
  const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder.path], { cwd: ROOT });
  // The build of `prepack` may print before the JSON.
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as { filename: string; size: number; files: readonly unknown[] }[];
  if (packed === undefined) throw new Error('npm packed nothing');

  const home = path.join(folder.path, 'an empty folder');
  mkdirSync(home);
  writeFileSync(path.join(home, 'package.json'), '{ "private": true }\n');
  await run('npm', ['install', '--no-audit', '--no-fund', path.join(folder.path, packed.filename)], { cwd: home });
  const bin = path.join(home, 'node_modules/.bin/tailrace');
  const ask = async (args: string[]): Promise<string> => {
    const [program = bin, ...before] = args === DEMO ? await withoutNetwork() : [];
    const said = await run(program, program === bin ? args : [...before, bin, ...args], { cwd: home, timeout: LONGEST_MS });
    return said.stdout + said.stderr;
  };
  expectPart(await ask(['--version']), `tailrace ${version}\n`);
  expectPart(await ask(['help']), 'Usage: tailrace');
  expectPart(await ask(DEMO), 'source and warehouse are equal');

  await run('npm', ['uninstall', '--no-audit', '--no-fund', 'tailrace'], { cwd: home });
  // npm itself leaves a list of nothing, and empty folders of scopes.
  const entries = readdirSync(home, { recursive: true, withFileTypes: true });
  const left = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const ours = left.filter((name) => !['package.json', 'package-lock.json', '.package-lock.json'].includes(name));
  if (ours.length > 0) throw new Error(`npm uninstall left ${ours.join(', ')}`);
  const network = (await withoutNetwork()).length > 0 ? 'without a network' : 'with a network, because this user may not take it away';
  return ok(
    `${packed.files.length} files, ${(packed.size / 1e6).toFixed(1)} MB; it starts, runs the demo ${network}, and uninstalls clean`,
  );
}

/** What runs a program with only a loopback; empty where this user may not take the network. */
async function withoutNetwork(): Promise<string[]> {
  const unshared = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'];
  return run(unshared[0] ?? '', [...unshared.slice(1), 'true']).then(
    () => unshared,
    () => [],
  );
}

function expectPart(said: string, part: string): void {
  if (!said.includes(part)) throw new Error(`"${part.trim()}" is not in: ${said.slice(-1000)}`);
}
