import { execFileSync } from 'node:child_process';
import { accessSync, constants, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { ROOT } from '../../docs/pages.ts';

interface Job {
  readonly 'runs-on': string;
  readonly 'timeout-minutes'?: number;
  readonly environment?: string;
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FILES = globSync('.github/workflows/*.yml', { cwd: ROOT }).toSorted();
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const jobsOf = (file: string): Job[] => Object.values((parse(read(file)) as Workflow).jobs);
const SCRIPTS = globSync(['.ci/*', 'deploy/release/*.sh'], { cwd: ROOT }).toSorted();

test('there are the workflows of a change, a night and a release', () => {
  expect(FILES.map((file) => path.basename(file))).toEqual(['ci.yml', 'nightly.yml', 'release.yml']);
});

test.each(FILES)('%s calls scripts of this repository that exist', (file) => {
  const commands = jobsOf(file).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) {
    expect(command).toMatch(/^(?:npm (?:ci|run [\w:]+)|\.ci\/[\w-]+|deploy\/release\/[\w-]+\.sh)\b[^\n]*$/);
    for (const script of command.match(/(?:\.ci|deploy)\/[\w./-]+/g) ?? []) accessSync(path.join(ROOT, script), constants.X_OK);
  }
});

test.each(FILES)('%s has the least rights, pinned actions and runners, and an end', (file) => {
  const text = read(file);
  const { permissions } = parse(text) as Workflow;
  expect(Object.values(permissions).filter((right) => right !== 'read')).toEqual([]);
  const writes = jobsOf(file).flatMap((job) => Object.entries(job.permissions ?? {}).filter(([, right]) => right === 'write'));
  expect(file.endsWith('release.yml') || writes.length === 0).toBe(true);
  const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action = '']) => action);
  expect(uses.filter((action) => !/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  for (const job of jobsOf(file)) {
    expect(job['runs-on']).not.toContain('latest');
    expect(job['timeout-minutes']).toBeGreaterThan(0);
    expect(job.steps.filter(({ uses: action }) => action?.startsWith('actions/checkout@') === true)).toHaveLength(1);
  }
});

test('no secret is in a workflow, and only the environments and the registry have one', () => {
  const named = FILES.flatMap((file) => [...read(file).matchAll(/secrets\.(\w+)/g)].map(([, name = '']) => name));
  expect(new Set(named)).toEqual(new Set(['GITHUB_TOKEN', 'KUBECONFIG']));
});

test('a release is checked first, and production comes after staging, each in its environment', () => {
  const { jobs } = parse(read('.github/workflows/release.yml')) as Workflow;
  expect(Object.entries(jobs).map(([name, { needs, environment }]) => [name, needs, environment])).toEqual([
    ['check', undefined, undefined],
    ['package', 'check', 'npm'],
    ['image', 'check', undefined],
    ['chart', 'image', undefined],
    ['staging', ['package', 'chart'], 'staging'],
    ['production', 'staging', 'production'],
  ]);
});

test.each(SCRIPTS)('%s is a script that bash can read, and its npm scripts and files exist', (file) => {
  accessSync(path.join(ROOT, file), constants.X_OK);
  execFileSync('bash', ['-n', path.join(ROOT, file)]);
  const text = read(file);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const called = [...text.matchAll(/npm (?:run (?:--silent )?)?(test:?[\w:]*|(?<=run )[\w:]+)/g)].map(([, name = '']) => name);
  expect(called.filter((name) => !(name in scripts))).toEqual([]);
});

test('the night runs what .ci/nightly lists', () => {
  const { jobs } = parse(read('.github/workflows/nightly.yml')) as { jobs: { run: { strategy: { matrix: { name: string[] } } } } };
  const listed = execFileSync(path.join(ROOT, '.ci/nightly'), { encoding: 'utf8' }).trim().split('\n');
  expect(jobs.run.strategy.matrix.name.toSorted()).toEqual(listed.toSorted());
});
