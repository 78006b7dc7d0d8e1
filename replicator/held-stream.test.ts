import { expect, test } from 'vitest';
import { HeldStream } from './held-stream.ts';

/**
 * A stream in front of a sink that writes down what it is shown, and holds the stream at every `R`.
 */
function heldStream(): { stream: HeldStream; seen: string[] } {
  const seen: string[] = [];
  const stream: HeldStream = new HeldStream({
    data: (buf, start, end) => {
      const text = buf.toString('utf8', start, end);
      seen.push(text);
      if (text.startsWith('R')) stream.hold();
    },
    keepalive: (walEnd) => seen.push(`k${walEnd}`),
    drained: () => seen.push('drained'),
  });
  return { stream, seen };
}

test('what comes while the stream is held is shown afterwards, in order', () => {
  const { stream, seen } = heldStream();
  const chunk = Buffer.from('aRbc');
  for (let at = 0; at < chunk.length; at += 1) stream.data(chunk, at, at + 1, 0);
  stream.keepalive(7n, false);
  stream.drained();
  expect([seen.join(' '), stream.busy]).toEqual(['a R', true]);
  expect(stream.release()).toBe(true);
  expect([seen.join(' '), stream.busy]).toEqual(['a R b c k7 drained', false]);
});

test('what is kept outlives the buffer it came in', () => {
  const { stream, seen } = heldStream();
  const chunk = Buffer.from('Rx');
  stream.data(chunk, 0, 1, 0);
  stream.data(chunk, 1, 2, 0);
  chunk.fill('!');
  stream.release();
  expect(seen).toEqual(['R', 'x']);
});

test('it can be held again by what it had kept', () => {
  const { stream, seen } = heldStream();
  for (const text of ['R1', 'a', 'R2', 'b']) stream.data(Buffer.from(text), 0, text.length, 0);
  expect(stream.release()).toBe(false);
  expect(seen).toEqual(['R1', 'a', 'R2']);
  expect(stream.release()).toBe(true);
  expect(seen).toEqual(['R1', 'a', 'R2', 'b']);
});
