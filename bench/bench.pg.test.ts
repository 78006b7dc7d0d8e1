import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { scratch } from '../test/support/scratch.ts';
import type { CaseResult } from './result.ts';

const bench = (...args: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'bench.ts'), ...args]);

test('a case prints its figures with their bounds, and writes them with a page of plots', async () => {
  await using folder = await scratch('tailrace-bench');
  const { stdout } = await bench('stream', '--rows', '5000', '--runs', '1', '--out', folder.path);
  expect(stdout).toMatch(/tailrace replicate ÷ bare paced reader, 5 columns +(?:[\d.,]+ ×|not measured) +≥ 0\.9 +≥ 1/);
  expect(stdout).toMatch(/start of tailrace replicate, one row waiting, taken off, 20 columns +[\d.,]+ s/);
  const result = JSON.parse(readFileSync(path.join(folder.path, 'stream.json'), 'utf8')) as CaseResult;
  expect(result.contenders.find(({ name }) => name === 'tailrace replicate, 5 columns')?.runs[0]?.processes).toContainEqual(
    expect.objectContaining({ process: 'replicate' }),
  );
  expect(result.proof).toContain('all 5000 rows of 5 columns');
  expect(result.proof).toContain('all 1000 rows of 20 columns');
  expect(readFileSync(path.join(folder.path, 'index.html'), 'utf8')).toContain('<svg');
});

test('a view is asked right when the changes end, and held against a plain table', async () => {
  await using folder = await scratch('tailrace-bench');
  const { stdout } = await bench('read', '--rows', '3000', '--seconds', '2', '--out', folder.path);
  const result = JSON.parse(readFileSync(path.join(folder.path, 'read.json'), 'utf8')) as CaseResult;
  const bounded = result.figures.filter(({ bound }) => bound !== null).map(({ name }) => name);
  const asked = ['aggregate', 'one key', '1,000 keys', 'a range of keys'].map((name) => `${name}, view ÷ plain table`);
  expect(bounded).toEqual([
    ...asked.map((name) => `${name}, 3,000 rows of 5 columns`),
    ...asked.map((name) => `${name}, 600 rows of 20 columns`),
  ]);
  expect(stdout).toContain("rows of the views equal the source's");
  expect(result.notes).toContainEqual(expect.stringMatching(/3,000 rows of 5 columns: [1-9]\d* changes\/s for 2 s/));
});

test('what is no benchmark and what no setting allows is named', async () => {
  await expect(bench('sleep')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('"sleep" is no benchmark') });
  await expect(bench('stream', '--rows', '1e6')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--rows is "1e6"') });
  await expect(bench('merge', '--source', 'postgres://x')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--source goes with stream and snapshot only, not with merge'),
  });
});
