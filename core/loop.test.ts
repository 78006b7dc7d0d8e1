import { expect, test } from 'vitest';
import { TailraceError } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { silentLogger } from './log.ts';
import { runLoop } from './loop.ts';

/** The delays before the attempts that follow so many failures with this code. */
async function delaysAfter(code: ErrorCode, failures: number): Promise<number[]> {
  const delays: number[] = [];
  let left = failures;
  await runLoop({
    name: 'test',
    signal: new AbortController().signal,
    log: silentLogger(),
    attempt: async () => {
      if (left-- > 0) throw new TailraceError(code, 'no answer');
    },
    onRetry: (_error, delayMs) => delays.push(delayMs),
  });
  return delays;
}

test.each<ErrorCode>(['SOURCE_UNREACHABLE', 'LAKE_UNAVAILABLE', 'WAREHOUSE_UNAVAILABLE'])(
  'however long an outage lasted (%s), the end is asked again within seconds',
  async (code) => {
    expect(await delaysAfter(code, 6)).toEqual([200, 400, 800, 1_600, 2_000, 2_000]);
  },
);

test('what needs longer than an outage is tried ever more rarely', async () => {
  expect(await delaysAfter('SOURCE_BUSY', 5)).toEqual([200, 400, 800, 1_600, 3_200]);
});

test('what needs a person is not tried again', async () => {
  await expect(delaysAfter('SOURCE_AUTH', 1)).rejects.toThrow(/^SOURCE_AUTH/);
});
