import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { POSTGRES_VERSIONS } from '../support/postgres-version.ts';
import type { Judged } from './scale.ts';

/**
 * `npm run test:types [-- --pg 14,15,16,17,18] [--seed N] [--random N] [--only NAME] [--short]
 * [--bin DIR --with postgis,vector]`: judges every type on the named versions in turn (default: the
 * one of TEST_PG_VERSION, or 18) and prints how much was compared; `--short` judges what every run
 * of all tests does. `--bin`: the executables of a Postgres that is not npm's, `--with`: which
 * extensions that npm's lacks it has. Ends 1 when anything was not the same.
 */
const { values: flags } = parseArgs({
  options: {
    pg: { type: 'string' },
    seed: { type: 'string' },
    random: { type: 'string' },
    only: { type: 'string' },
    bin: { type: 'string' },
    with: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});
const installation = flags.bin === undefined ? null : { TEST_PG_BIN: flags.bin, TEST_TYPES_INSTALLED: flags.with ?? '' };
const versions = (flags.pg ?? installedMajor(flags.bin) ?? process.env['TEST_PG_VERSION'] ?? '18').split(',');
const unknown = versions.filter((version) => !POSTGRES_VERSIONS.some((known) => String(known) === version));
if (unknown.length > 0) throw new Error(`--pg names ${unknown.join(', ')}; allowed is ${POSTGRES_VERSIONS.join(', ')}`);
const seed = flags.seed ?? String(1 + Math.floor(Math.random() * 1e6));
const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-types-'));
const vitest = path.join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');

/** The major of the executables in a folder. */
function installedMajor(bin: string | undefined): string | undefined {
  if (bin === undefined) return undefined;
  return /\d+/.exec(execFileSync(path.join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }))?.[0];
}

function judge(version: string): { line: string; passed: boolean } {
  const file = path.join(folder, version);
  writeFileSync(file, '');
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/types'], {
    stdio: 'inherit',
    env: {
      ...process.env,
      TEST_PG_VERSION: version,
      TEST_TYPES: flags.short ? 'short' : 'full',
      TEST_TYPES_SEED: seed,
      TEST_TYPES_REPORT: file,
      ...(flags.random === undefined ? {} : { TEST_TYPES_RANDOM: flags.random }),
      ...installation,
      ...(flags.only === undefined ? {} : { TEST_TYPES_ONLY: flags.only }),
    },
  });
  const judged = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
  const sum = judged
    .map((line): Judged => JSON.parse(line))
    .reduce((a, b) => ({ types: a.types + b.types, values: a.values + b.values, comparisons: a.comparisons + b.comparisons }), {
      types: 0,
      values: 0,
      comparisons: 0,
    });
  const passed = status === 0 && sum.comparisons > 0;
  return {
    passed,
    line: `Postgres ${version}, seed ${seed}: ${sum.types} types, ${sum.values} values, ${sum.comparisons} comparisons, ${passed ? 'all the same' : 'FAILED'}`,
  };
}

const results = versions.map(judge);
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${results.map(({ line }) => line).join('\n')}\n`);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
