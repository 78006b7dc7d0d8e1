import { expect } from 'vitest';
import type { Pipeline } from './pipeline.ts';

/**
 * Waits until all that is committed now is applied, then fails with the report of `verify` unless
 * every table is equal at one position.
 */
export async function expectVerified(pipeline: Pipeline, env: Record<string, string> = {}, timeout = '180s'): Promise<void> {
  const awaited = await pipeline.cli(['await', '--now', '--timeout', timeout], env);
  expect(awaited, awaited.stderr).toMatchObject({ code: 0 });
  const verified = await pipeline.cli(['verify', '--json'], env);
  expect(verified, verified.stdout + verified.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(verified.stdout)).toMatchObject({ match: true });
}
