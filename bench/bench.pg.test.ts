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
  expect(stdout).toMatch(/tailrace replicate ÷ bare paced reader +[\d.,]+ × +≥ 0\.8/);
  const result = JSON.parse(readFileSync(path.join(folder.path, 'stream.json'), 'utf8')) as CaseResult;
  expect(result.contenders.find(({ name }) => name === 'tailrace replicate')?.runs[0]?.processes).toContainEqual(
    expect.objectContaining({ process: 'replicate' }),
  );
  expect(result.proof).toContain('all 5000 rows');
  expect(readFileSync(path.join(folder.path, 'index.html'), 'utf8')).toContain('<svg');
});

test('what is no benchmark and what no setting allows is named', async () => {
  await expect(bench('sleep')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('"sleep" is no benchmark') });
  await expect(bench('stream', '--rows', '1e6')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--rows is "1e6"') });
  await expect(bench('merge', '--source', 'postgres://x')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--source goes with stream and snapshot only, not with merge'),
  });
});
