import { expect, test } from 'vitest';
import { besideTurns } from './beside-turns.ts';

/** A generator of which each slice ends when it is told to. */
function heldSlices(count: number) {
  const slices = Array.from({ length: count }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  async function* run(): AsyncGenerator<void, string> {
    for (const [index, { promise }] of slices.entries()) {
      begun.push(index);
      await promise;
      yield;
    }
    return 'done';
  }
  return { slices, begun, turns: besideTurns(run(), () => Promise.resolve()) };
}

test('turns do not wait for a slice, and the next one begins when it is over', async () => {
  const { slices, begun, turns } = heldSlices(3);
  slices[0]?.resolve();
  await turns.next();
  for (let turn = 0; turn < 5; turn += 1) expect(await turns.next()).toEqual({ done: false, value: undefined });
  expect(begun).toEqual([0, 1]);
  slices[1]?.resolve();
  slices[2]?.resolve();
  for (;;) {
    const turn = await turns.next();
    if (turn.done !== true) continue;
    expect(turn.value).toBe('done');
    break;
  }
  expect(begun).toEqual([0, 1, 2]);
});

test('the first slice is waited for in its turn', async () => {
  const { slices, turns } = heldSlices(1);
  let over = false;
  const turn = turns.next().then(() => (over = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(over).toBe(false);
  slices[0]?.resolve();
  await turn;
});

test('a failure reaches a later turn, and nobody else', async () => {
  const { slices, turns } = heldSlices(2);
  slices[0]?.resolve();
  await turns.next();
  await turns.next();
  slices[1]?.reject(new Error('the lake is away'));
  await new Promise((resolve) => setImmediate(resolve));
  await expect(turns.next()).rejects.toThrow('the lake is away');
});
