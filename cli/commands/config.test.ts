import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../test/support/scratch.ts';

const BIN = path.join(import.meta.dirname, '../../bin/tailrace.js');

const BASE = 'sla: 5m\nlogLevel: warn\nreplicate: { memory: 1GiB, batchRows: 1000 }\ntable:\n  public.a: { exclude: [x] }\n';
const PRODUCTION = 'sla: 2m\nreplicate: { memory: 2GiB }\ntable:\n  public.b: { exclude: [y] }\n';

async function folder(files: Readonly<Record<string, string>>) {
  const made = await scratch();
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(made.path, name), text, { mode: 0o600 });
  return made;
}

function tailrace(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

function listed(json: string): Record<string, readonly [string | null, string]> {
  const settings = JSON.parse(json) as { key: string; value: string | null; origin: string }[];
  return Object.fromEntries(settings.map(({ key, value, origin }) => [key, [value, origin]]));
}

test('every setting is printed with its value and where it is from, and no secret', async () => {
  await using made = await folder({ 'base.yaml': BASE, 'production.yaml': PRODUCTION, 'source.txt': 'host=db password=hunter2\n' });
  const env = {
    TAILRACE_CONFIG: 'base.yaml, production.yaml',
    TAILRACE_SOURCE_FILE: 'source.txt',
    TAILRACE_MASK_SALT: 'hunter2 and more letters',
    TAILRACE_WAREHOUSE: 'https://me:hunter2@db:8443',
  };
  const json = tailrace(made.path, ['config', '--json', '--sla', '1m'], env);
  expect(json).toMatchObject({ status: 0, stderr: '' });
  expect(listed(json.stdout)).toMatchObject({
    sla: ['1m', 'flag'],
    logLevel: ['warn', 'file:base.yaml'],
    'replicate.memory': ['2GiB', 'file:production.yaml'],
    'replicate.batchRows': ['1000', 'file:base.yaml'],
    table: ['{"public.b":{"exclude":["y"]}}', 'file:production.yaml'],
    source: ['host=db password=***', 'environment'],
    'mask.salt': ['***', 'environment'],
    warehouse: ['https://me:***@db:8443', 'environment'],
    lake: ['./tailrace-data/lake', 'default'],
    freshness: [null, 'default'],
  });
  const text = tailrace(made.path, ['config', '--sla', '1m'], env).stdout;
  expect(text).toMatch(/^source +host=db password=\*\*\* +environment TAILRACE_SOURCE_FILE=source\.txt$/m);
  expect(text).toMatch(/^replicate\.memory +2GiB +production\.yaml$/m);
  expect(text).toMatch(/^sla +1m +flag --sla$/m);
  expect(text).toMatch(/^freshness +\(sla for all\) +default$/m);
  expect(json.stdout + text).not.toContain('hunter2');
});

test('--config given again is stronger, and TAILRACE_CONFIG does not apply beside it', async () => {
  await using made = await folder({ 'base.yaml': BASE, 'production.yaml': PRODUCTION, 'other.yaml': 'onGap: resync\n' });
  const { stdout } = tailrace(made.path, ['config', '--json', '--config', 'production.yaml', '--config', 'base.yaml'], {
    TAILRACE_CONFIG: 'other.yaml',
  });
  expect(listed(stdout)).toMatchObject({ sla: ['5m', 'file:base.yaml'], onGap: ['stop', 'default'] });
});

test.each([
  [{ TAILRACE_SLA: '1m', TAILRACE_SLA_FILE: 'a' }, /^BAD_CONFIG: TAILRACE_SLA and TAILRACE_SLA_FILE are both set; keep one of the two\. /],
  [{ TAILRACE_SLA_FILE: 'nowhere' }, /^BAD_CONFIG: the file "nowhere" of TAILRACE_SLA_FILE cannot be read\. /],
  [{ TAILRACE_SLA_FILE: 'empty' }, /^BAD_CONFIG: the file "empty" of TAILRACE_SLA_FILE is empty; it must hold the value\. /],
  [{ TAILRACE_SLA_FILE: 'wrong' }, /^BAD_CONFIG: sla \(from TAILRACE_SLA_FILE=wrong\) is "soon"; allowed: a time such as /],
  [{ TAILRACE_MASK_SALT_FILE: 'wrong' }, /^BAD_CONFIG: mask\.salt \(from TAILRACE_MASK_SALT_FILE=wrong\) is "\*\*\*"; allowed: a text of /],
  [{ TAILRACE_CONFIG_FILE: 'a' }, /^BAD_CONFIG: TAILRACE_CONFIG_FILE is set; allowed: TAILRACE_CONFIG, which already names files\. /],
  [
    { TAILRACE_CONFIG: 'base.yaml,staging.yaml' },
    /^BAD_CONFIG: "compact\.paralel" \(value "4"\) is not a setting; staging\.yaml has it\. The settings are source, lake, /,
  ],
  [{ TAILRACE_CONFIG: 'base.yaml,nowhere.yaml' }, /^BAD_CONFIG: the config file "nowhere\.yaml" cannot be read\. /],
])('%j is refused with one line', async (env, message) => {
  await using made = await folder({ 'base.yaml': BASE, 'staging.yaml': 'compact: { paralel: 4 }\n', empty: '\n', wrong: 'soon\n' });
  const { status, stdout, stderr } = tailrace(made.path, ['config'], env);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('a file that every user can read is a warning, once, without its content', async () => {
  await using made = await folder({ salt: 'sixteen letters, and hunter2\n', sla: '9m' });
  for (const name of ['salt', 'sla']) chmodSync(path.join(made.path, name), 0o644);
  const { status, stdout, stderr } = tailrace(made.path, ['config', '--json'], {
    TAILRACE_MASK_SALT_FILE: 'salt',
    TAILRACE_SLA_FILE: 'sla',
  });
  expect(status).toBe(0);
  expect(listed(stdout)['sla']).toEqual(['9m', 'environment']);
  const lines = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(lines).toEqual([
    expect.objectContaining({ level: 'warn', files: ['sla', 'salt'], msg: 'every user of this machine can read a secret file' }),
  ]);
  expect(stderr).not.toContain('hunter2');
});
