import { expect, test } from 'vitest';
import { TailraceError } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { silentLogger } from './log.ts';
import { runLoop, troubles } from './loop.ts';
import type { Trouble } from './loop.ts';

/** The reports of the loop about this many failures with the code, and then a success. */
async function toldOf(code: ErrorCode, failures: number): Promise<Trouble[]> {
  const told: Trouble[] = [];
  const hear = (message: unknown): void => void told.push(message as Trouble);
  troubles.subscribe(hear);
  let left = failures;
  await runLoop({
    name: 'test',
    signal: new AbortController().signal,
    log: silentLogger(),
    attempt: async (progress) => {
      if (left-- > 0) throw new TailraceError(code, 'no answer');
      progress();
    },
  }).finally(() => troubles.unsubscribe(hear));
  return told;
}

/** The delays before the attempts that follow this many failures. */
async function delaysAfter(code: ErrorCode, failures: number): Promise<number[]> {
  return (await toldOf(code, failures)).flatMap(({ error, delayMs }) => (error === null ? [] : [delayMs]));
}

test.each<ErrorCode>(['SOURCE_UNREACHABLE', 'LAKE_UNAVAILABLE', 'WAREHOUSE_UNAVAILABLE'])(
  'after an outage of any length (%s), the end is asked again within seconds',
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

test('listeners hear what keeps a loop from its work, and when it works again', async () => {
  expect(await toldOf('SOURCE_UNREACHABLE', 1)).toEqual([
    { loop: 'test', error: expect.stringMatching(/^SOURCE_UNREACHABLE: no answer\./), delayMs: 200 },
    { loop: 'test', error: null, delayMs: 0 },
  ]);
});
